-- What is signed and what happened: append-only, the truth.

CREATE TABLE meta (
  name   TEXT NOT NULL PRIMARY KEY,
  value  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
  entry_no    INTEGER PRIMARY KEY,
  entry_id    BLOB NOT NULL UNIQUE CHECK (length(entry_id) = 32),
  record_id   BLOB NOT NULL CHECK (length(record_id) = 32),
  raw         BLOB NOT NULL CHECK (length(raw) <= 262144),
  key         BLOB NOT NULL CHECK (length(key) = 32),
  signature   BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
CREATE INDEX entry_by_record ON entry (record_id);

CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
  BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry
  BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;

CREATE TABLE opening (                         -- the one part of the log that can be destroyed
  entry_id  BLOB NOT NULL REFERENCES entry (entry_id),
  name      TEXT NOT NULL,
  raw       BLOB NOT NULL CHECK (length(raw) <= 16777216),
  PRIMARY KEY (entry_id, name)
) STRICT;

CREATE TRIGGER opening_is_final BEFORE UPDATE ON opening
  BEGIN SELECT RAISE(ABORT, 'openings are never changed'); END;

CREATE TABLE journal (
  line_no    INTEGER PRIMARY KEY,              -- 1, 2, 3 ... without a gap
  at_utc     INTEGER NOT NULL,                 -- milliseconds since 1970-01-01T00:00Z
  what       TEXT NOT NULL,
  record_id  BLOB CHECK (record_id IS NULL OR length(record_id) = 32),
  detail     TEXT NOT NULL,                    -- a JSON object
  chain      BLOB NOT NULL CHECK (length(chain) = 32)
) STRICT;
CREATE INDEX journal_by_record ON journal (record_id) WHERE record_id IS NOT NULL;

CREATE TRIGGER journal_is_final BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'journal lines are never changed'); END;
CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
  BEGIN SELECT RAISE(ABORT, 'journal lines are never deleted'); END;

CREATE TABLE blob (                            -- destroying the row destroys the content
  name        BLOB NOT NULL PRIMARY KEY CHECK (length(name) = 16),
  key         BLOB NOT NULL CHECK (length(key) = 32),
  sha256      BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  size_bytes  INTEGER NOT NULL CHECK (size_bytes >= 0)
) STRICT;

-- What follows from the log: the fold, kept for lists, filters and searches.

CREATE TABLE record (
  record_no    INTEGER PRIMARY KEY,
  record_id    BLOB NOT NULL UNIQUE CHECK (length(record_id) = 32),
  reference    TEXT NOT NULL,
  kind         TEXT NOT NULL
               CHECK (kind IN ('document', 'photo', 'recording', 'testimony', 'person', 'case')),
  title        TEXT NOT NULL,
  date         TEXT NOT NULL,                  -- as it is known: EDTF, or empty
  date_first   TEXT CHECK (date_first IS NULL OR date_first GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  date_last    TEXT CHECK (date_last IS NULL OR date_last GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  sensitivity  INTEGER NOT NULL CHECK (sensitivity BETWEEN 0 AND 3),
  state        TEXT NOT NULL,
  conflicts    INTEGER NOT NULL,
  added_utc    INTEGER NOT NULL,
  fold         BLOB NOT NULL CHECK (length(fold) = 32)  -- hash of this record's fold lines
) STRICT;
CREATE INDEX record_by_reference ON record (reference);
CREATE INDEX record_by_state ON record (state);  -- what is in the trash is left out of searches
CREATE INDEX record_by_date ON record (date_last DESC, record_no);

CREATE TABLE label (                           -- tags, cases, languages, families: a row for each
  family     TEXT NOT NULL,
  key        TEXT NOT NULL,                    -- the form in which labels are compared
  record_no  INTEGER NOT NULL REFERENCES record,
  shown      TEXT NOT NULL,
  PRIMARY KEY (family, key, record_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX label_by_record ON label (record_no);

CREATE TABLE attachment (
  record_no   INTEGER NOT NULL REFERENCES record,
  sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
  size_bytes  INTEGER NOT NULL,
  media_type  TEXT NOT NULL,
  name        TEXT NOT NULL,
  PRIMARY KEY (record_no, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_by_content ON attachment (sha256);

-- What follows from the files: made by extraction, and made again when it is lost.

CREATE TABLE reading (
  record_no   INTEGER PRIMARY KEY REFERENCES record,
  outcome     TEXT NOT NULL,
  reader      TEXT NOT NULL,
  media_type  TEXT NOT NULL,
  why         TEXT NOT NULL,
  facts       TEXT NOT NULL,                   -- JSON: [[name, value, source], ...]
  flags       TEXT NOT NULL,                   -- JSON: [flag, ...]
  thumbnail   BLOB                             -- JPEG made by us from raw pixels
) STRICT;

CREATE TABLE page_text (
  record_no  INTEGER PRIMARY KEY REFERENCES record,
  pages      BLOB NOT NULL                     -- zlib of the pages joined by U+000C
) STRICT;

CREATE TABLE indexed (                         -- what word_index was given beside the body: FTS5
  record_no    INTEGER PRIMARY KEY REFERENCES record,  -- must be told the same again to forget it
  title        TEXT NOT NULL,
  about        TEXT NOT NULL
) STRICT;

-- rowid = record_no; title, body, about hold the words of search/words.py joined by spaces.
CREATE VIRTUAL TABLE word_index USING fts5(
  title, body, about, content = '',
  tokenize = "unicode61 remove_diacritics 0 tokenchars ''''"
);
-- Deleted words leave the pages of the index at once, not at the next merge.
INSERT INTO word_index (word_index, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE word_list USING fts5vocab(word_index, 'row');
