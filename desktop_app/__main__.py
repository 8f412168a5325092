"""`python -m desktop_app` is `skrynia`."""

import sys

from desktop_app.start import main

sys.exit(main())
