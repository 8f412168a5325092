"""`python -m desktop_app` is `skrynia`."""

import sys

from desktop_app.app import main

sys.exit(main())
