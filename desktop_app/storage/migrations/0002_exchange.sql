-- Keys to be read by, and people to exchange with.

CREATE TABLE reading_key (
  recipient  TEXT NOT NULL PRIMARY KEY,        -- age1...
  identity   TEXT NOT NULL,                    -- AGE-SECRET-KEY-1...
  made_utc   INTEGER NOT NULL
) STRICT;

CREATE TABLE contact (
  contact_no   INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,           -- what this archive calls them
  fingerprint  BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
  public       BLOB NOT NULL CHECK (length(public) = 32),
  card_number  INTEGER NOT NULL,
  recipients   TEXT NOT NULL,                  -- JSON: [age1..., ...]
  trust        TEXT NOT NULL CHECK (trust IN ('unverified', 'verified', 'revoked')),
  team         INTEGER NOT NULL CHECK (team IN (0, 1)),
  clearance    INTEGER NOT NULL CHECK (clearance BETWEEN 0 AND 3)
) STRICT;

-- Which files a record may be shown and sent with. A contact can name any content by its hash:
-- only bytes that came with the record, or that its sender has from here, belong to it.
CREATE TABLE held (
  record_id  BLOB NOT NULL CHECK (length(record_id) = 32),
  sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (record_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_by_content ON held (sha256);
INSERT INTO held SELECT record_id, sha256 FROM attachment JOIN record USING (record_no);

-- What was sent: a stream for each exact audience, numbered from 1.

CREATE TABLE stream (
  audience  TEXT NOT NULL PRIMARY KEY,         -- fingerprints, sorted, joined by blanks
  stream    BLOB NOT NULL UNIQUE CHECK (length(stream) = 16),
  number    INTEGER NOT NULL,
  previous  TEXT NOT NULL                      -- SHA-256 of the newest bundle.json, or empty
) STRICT;

CREATE TABLE sent_bundle (
  head        BLOB NOT NULL PRIMARY KEY CHECK (length(head) = 32),  -- SHA-256 of bundle.json
  sha512      BLOB NOT NULL UNIQUE CHECK (length(sha512) = 64),
  audience    TEXT NOT NULL,
  number      INTEGER NOT NULL,
  sent_utc    INTEGER NOT NULL
) STRICT;

CREATE TABLE sent_thing (                      -- entries, openings and blobs, per reader
  contact_no  INTEGER NOT NULL REFERENCES contact,
  head        BLOB NOT NULL REFERENCES sent_bundle (head),
  thing       BLOB NOT NULL CHECK (length(thing) = 32),
  confirmed   INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
  PRIMARY KEY (contact_no, thing, head)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_thing_by_bundle ON sent_thing (head);

CREATE TABLE edition (                         -- what one reader outside the team was told
  edition_id  BLOB NOT NULL PRIMARY KEY CHECK (length(edition_id) = 32),
  contact_no  INTEGER NOT NULL REFERENCES contact,
  record_id   BLOB NOT NULL CHECK (length(record_id) = 32),
  last        BLOB NOT NULL CHECK (length(last) = 32),               -- its newest entry
  told        TEXT NOT NULL,                   -- JSON: {field: value}
  UNIQUE (contact_no, record_id)
) STRICT;

CREATE TABLE edition_entry (                   -- kept whole, so that the link can be proved later
  entry_id    BLOB NOT NULL PRIMARY KEY CHECK (length(entry_id) = 32),
  edition_id  BLOB NOT NULL REFERENCES edition (edition_id),
  line        BLOB NOT NULL,                   -- as it travels
  source      BLOB NOT NULL                    -- the opening that does not travel: the source's heads
) STRICT;

-- What was received.

CREATE TABLE received_bundle (
  head          BLOB NOT NULL PRIMARY KEY CHECK (length(head) = 32),
  contact_no    INTEGER NOT NULL REFERENCES contact,
  stream        BLOB NOT NULL CHECK (length(stream) = 16),
  number        INTEGER NOT NULL,
  sha512        BLOB NOT NULL CHECK (length(sha512) = 64),
  signature     BLOB NOT NULL CHECK (length(signature) = 64),
  received_utc  INTEGER NOT NULL,
  refused       TEXT NOT NULL                  -- JSON: [[entries not taken in], [files that lack]]
) STRICT;
CREATE INDEX received_by_stream ON received_bundle (contact_no, stream, number);

CREATE TABLE received_blob (                   -- which bytes a contact has given us
  contact_no  INTEGER NOT NULL REFERENCES contact,
  sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (contact_no, sha256)
) STRICT, WITHOUT ROWID;
