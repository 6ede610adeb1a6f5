-- One schema for all that a Dropbox remembers.
--
-- A row of `entry` is a place in the tree, found by its parent and its folded name. It doesn't move and isn't
-- removed: what stood there before is its past (`revision`), so the history of a
-- path is the history of its row. `seq` is the account's count of changes when the row last changed; the rows in the order of
-- `seq` are the change log. Deleting a folder changes its own row alone: an entry is there only if it and
-- all its ancestors are live.

CREATE TABLE world (
    secret        BLOB NOT NULL              -- signs cursors, so that none can be forged
);

CREATE TABLE account (
    id            INTEGER PRIMARY KEY,       -- the user id that clients see
    email         TEXT NOT NULL COLLATE NOCASE UNIQUE,
    password      TEXT NOT NULL,             -- salted and hashed
    given_name    TEXT NOT NULL,
    surname       TEXT NOT NULL,
    country       TEXT NOT NULL,
    locale        TEXT NOT NULL,
    auto_approve  INTEGER NOT NULL,
    quota_bytes   INTEGER NOT NULL,
    used_bytes    INTEGER NOT NULL DEFAULT 0,
    namespace_id  INTEGER NOT NULL,          -- the second half of every rev
    root_id       INTEGER NOT NULL,          -- the entry that is the account's root folder
    last_seq      INTEGER NOT NULL DEFAULT 0,
    epoch         INTEGER NOT NULL DEFAULT 0 -- raised to make every cursor start again
);

CREATE TABLE app (
    id            INTEGER PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    secret        TEXT NOT NULL,
    name          TEXT NOT NULL,
    access        TEXT NOT NULL,             -- 'dropbox', 'app_folder' or 'either'
    auto_approve  INTEGER NOT NULL,
    is_disabled   INTEGER NOT NULL DEFAULT 0,
    redirect_uris TEXT NOT NULL              -- one a line; none allows none
);

CREATE TABLE request_token (
    token         TEXT PRIMARY KEY,
    secret        TEXT NOT NULL,
    app_id        INTEGER NOT NULL,
    expires_s     INTEGER NOT NULL,
    account_id    INTEGER,                   -- who allowed it
    is_denied     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX request_token_expiry ON request_token (expires_s);

CREATE TABLE access_token (
    token         TEXT PRIMARY KEY,
    secret        TEXT,                      -- none for a bearer token
    app_id        INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    access        TEXT NOT NULL,             -- 'dropbox', 'app_folder' or 'either'
    issued_s      INTEGER NOT NULL,
    expires_s     INTEGER,                   -- none for a token that lasts
    is_revoked    INTEGER NOT NULL DEFAULT 0,
    made_from     TEXT                       -- the OAuth 1.0 token or refresh token that it stands for
) WITHOUT ROWID;
CREATE INDEX access_token_origin ON access_token (made_from);

CREATE TABLE authorization_code (
    code           TEXT PRIMARY KEY,
    app_id         INTEGER NOT NULL,
    account_id     INTEGER NOT NULL,
    redirect_uri   TEXT,
    expires_s      INTEGER NOT NULL,
    challenge      TEXT,                     -- PKCE
    challenge_method TEXT,
    is_short_lived INTEGER NOT NULL,
    is_offline     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE refresh_token (
    token         TEXT PRIMARY KEY,
    app_id        INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    is_revoked    INTEGER NOT NULL DEFAULT 0,
    needs_secret  INTEGER NOT NULL DEFAULT 0 -- it came by an exchange with the app's secret, not by PKCE
) WITHOUT ROWID;

CREATE TABLE nonce (
    timestamp_s   INTEGER NOT NULL,
    digest        INTEGER NOT NULL,          -- of app, token and nonce: there may be very many
    PRIMARY KEY (timestamp_s, digest)
) WITHOUT ROWID;

CREATE TABLE entry (
    id             INTEGER PRIMARY KEY,
    account_id     INTEGER NOT NULL,
    parent_id      INTEGER,                  -- none for a root
    file_id        INTEGER NOT NULL,         -- the change that made it; kept when it moves
    folded         TEXT NOT NULL,
    name           TEXT NOT NULL,
    is_folder      INTEGER NOT NULL,
    is_live        INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    size_bytes     INTEGER NOT NULL,
    content        TEXT,                     -- hash of a live file's bytes
    modified_s     INTEGER NOT NULL,
    client_mtime_s INTEGER NOT NULL,
    -- Version 2 lists a folder in this order: folders by age, files by their last write, deleted entries.
    listing_key    INTEGER AS (
        iif(is_live, iif(is_folder, file_id, (1 << 60) | seq), (2 << 60) | id)
    ) VIRTUAL
);
CREATE UNIQUE INDEX entry_place ON entry (parent_id, folded);
CREATE INDEX entry_listing ON entry (parent_id, listing_key);
CREATE INDEX entry_file ON entry (account_id, file_id);
CREATE INDEX entry_change ON entry (account_id, seq);
CREATE INDEX entry_name ON entry (folded, account_id);

CREATE TABLE revision (
    entry_id       INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    is_folder      INTEGER NOT NULL,
    is_live        INTEGER NOT NULL,
    size_bytes     INTEGER NOT NULL,
    content        TEXT,
    modified_s     INTEGER NOT NULL,
    client_mtime_s INTEGER NOT NULL,
    PRIMARY KEY (entry_id, seq)
) WITHOUT ROWID;
CREATE INDEX revision_seq ON revision (seq);

-- Every name once, however many entries bear it, with the trigrams that search looks up. They are noted for
-- 64 names at a time, which costs a fifth of doing so for each; the names since are few enough to look through.
CREATE TABLE name (
    id     INTEGER PRIMARY KEY,
    folded TEXT NOT NULL UNIQUE
);
CREATE VIRTUAL TABLE name_trigram USING fts5 (
    folded, content = '', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER entry_named AFTER INSERT ON entry BEGIN
    INSERT OR IGNORE INTO name (folded) VALUES (new.folded);
END;
CREATE TRIGGER name_indexed AFTER INSERT ON name WHEN new.id % 64 = 0 BEGIN
    INSERT INTO name_trigram (rowid, folded) SELECT id, folded FROM name WHERE id > new.id - 64;
END;
CREATE VIEW unindexed_name AS
    SELECT id, folded FROM name WHERE id > (SELECT max(id) FROM name) / 64 * 64;

CREATE TABLE upload (
    id           TEXT PRIMARY KEY,
    account_id   INTEGER NOT NULL,
    app_id       INTEGER NOT NULL,
    root         TEXT NOT NULL,              -- the caller's root, which bounds what may take it up
    offset_bytes INTEGER NOT NULL,
    expires_s    INTEGER NOT NULL,
    is_closed    INTEGER NOT NULL DEFAULT 0, -- takes no more
    is_parallel  INTEGER NOT NULL DEFAULT 0  -- its pieces come in any order
) WITHOUT ROWID;

CREATE INDEX upload_expiry ON upload (expires_s);

CREATE TABLE upload_piece (
    upload_id    TEXT NOT NULL,
    offset_bytes INTEGER NOT NULL,
    size_bytes   INTEGER NOT NULL,
    PRIMARY KEY (upload_id, offset_bytes)
) WITHOUT ROWID;

CREATE TABLE copy_ref (
    ref        TEXT PRIMARY KEY,
    entry_id   INTEGER NOT NULL,
    expires_s  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE link (
    id         INTEGER PRIMARY KEY,          -- listings are in this order
    token      TEXT NOT NULL UNIQUE,
    short_code TEXT UNIQUE,                  -- none for a temporary link
    kind       TEXT NOT NULL,                -- 'share' or 'media'
    account_id INTEGER NOT NULL,             -- the account of the entry
    entry_id   INTEGER NOT NULL,
    expires_s  INTEGER NOT NULL,
    is_limited INTEGER NOT NULL              -- the owner has chosen when it expires
);
CREATE UNIQUE INDEX link_entry ON link (entry_id) WHERE kind = 'share';
CREATE INDEX link_account ON link (account_id) WHERE kind = 'share';
CREATE INDEX link_expiry ON link (expires_s) WHERE kind = 'media';

CREATE TABLE upload_link (
    token      TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    app_id     INTEGER NOT NULL,
    root       TEXT NOT NULL,                -- the maker's root, within which it puts a file
    path       TEXT NOT NULL,
    overwrite  INTEGER NOT NULL,             -- this and the next five: `WriteMode`
    parent_rev TEXT,
    autorename INTEGER NOT NULL,
    takes_same INTEGER NOT NULL,
    knows_revs INTEGER NOT NULL,
    over_nothing INTEGER NOT NULL,
    client_mtime_s INTEGER,
    expires_s  INTEGER NOT NULL,
    is_spent   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX upload_link_expiry ON upload_link (expires_s);

CREATE TABLE tag (
    account_id INTEGER NOT NULL,
    file_id    INTEGER NOT NULL,
    word       TEXT NOT NULL,
    PRIMARY KEY (account_id, file_id, word)
) WITHOUT ROWID;

CREATE TABLE job (
    id         TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    app_id     INTEGER NOT NULL,
    root       TEXT NOT NULL,                -- the caller's root
    kind       TEXT NOT NULL                 -- what it did: 'copy', 'delete' ...
) WITHOUT ROWID;

-- What a job did with each of its entries: the file or folder, or why there is none.
CREATE TABLE job_result (
    job_id         TEXT NOT NULL,
    position       INTEGER NOT NULL,
    error          TEXT,                     -- the kinds of the error, from the widest on, with slashes
    correct_offset INTEGER,                  -- belongs to an error of an upload session
    path           TEXT,
    is_folder      INTEGER,
    is_deleted     INTEGER,
    revision       INTEGER,
    namespace_id   INTEGER,
    size_bytes     INTEGER,
    content        TEXT,
    modified_s     INTEGER,
    client_mtime_s INTEGER,
    file_id        INTEGER,
    PRIMARY KEY (job_id, position)
) WITHOUT ROWID;

CREATE TABLE fetch_job (
    id         TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    app_id     INTEGER NOT NULL,
    root       TEXT NOT NULL,                -- the caller's root, which bounds who may read the result
    status     TEXT NOT NULL,                -- 'complete' or 'failed'
    path       TEXT NOT NULL                 -- where it was saved, within the caller's root
) WITHOUT ROWID;
