-- The schema of a world.
--
-- A row of `entry` is a node of the tree, found by its parent and its folded name. It is never moved or removed.
-- Its earlier versions are in `revision`, so the history of a path is the history of its row. `seq` is the number of
-- the account's change that changed the row last; the rows in the order of `seq` are the change log. Deleting a
-- folder changes only its own row: an entry exists for callers only if it and all its ancestors are live.

CREATE TABLE world (
    secret        BLOB NOT NULL              -- the key that signs cursors
);

CREATE TABLE account (
    id            INTEGER PRIMARY KEY,       -- the user id that clients see
    email         TEXT NOT NULL COLLATE NOCASE UNIQUE,
    password      TEXT NOT NULL,             -- salted and hashed
    given_name    TEXT NOT NULL,
    surname       TEXT NOT NULL,
    country       TEXT NOT NULL,
    locale        TEXT NOT NULL,
    type          TEXT NOT NULL,             -- 'basic', 'pro' or 'business'
    auto_approve  INTEGER NOT NULL,
    quota_bytes   INTEGER NOT NULL,
    used_bytes    INTEGER NOT NULL DEFAULT 0,
    namespace_id  INTEGER NOT NULL,          -- the second part of every rev
    root_id       INTEGER NOT NULL,          -- the entry that is the account's root folder
    last_seq      INTEGER NOT NULL DEFAULT 0,
    first_us      INTEGER NOT NULL DEFAULT 0, -- the last changes have all microseconds from this one ...
    last_us       INTEGER NOT NULL DEFAULT -1, -- ... to this one, since 1970
    before_us     INTEGER NOT NULL DEFAULT -1, -- the greatest microsecond of the changes before them
    epoch         INTEGER NOT NULL DEFAULT 0 -- increased to make every cursor start again
);

CREATE TABLE app (
    id            INTEGER PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    secret        TEXT NOT NULL,
    name          TEXT NOT NULL,
    access        TEXT NOT NULL,             -- 'dropbox', 'app_folder' or 'either'
    auto_approve  INTEGER NOT NULL,
    is_disabled   INTEGER NOT NULL DEFAULT 0,
    redirect_uris TEXT NOT NULL,             -- one on each line
    scopes        TEXT NOT NULL              -- separated by spaces
);

CREATE TABLE request_token (
    token         TEXT PRIMARY KEY,
    secret        TEXT NOT NULL,
    app_id        INTEGER NOT NULL,
    expires_s     INTEGER NOT NULL,
    account_id    INTEGER,                   -- the account that allowed it
    is_denied     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX request_token_expiry ON request_token (expires_s);

CREATE TABLE access_token (
    token         TEXT PRIMARY KEY,
    secret        TEXT,                      -- NULL for a bearer token
    app_id        INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    access        TEXT NOT NULL,             -- 'dropbox', 'app_folder' or 'either'
    issued_s      INTEGER NOT NULL,
    scopes        TEXT NOT NULL,             -- separated by spaces; empty for OAuth 1.0
    expires_s     INTEGER,                   -- NULL if it does not expire
    is_revoked    INTEGER NOT NULL DEFAULT 0,
    made_from     TEXT                       -- the OAuth 1.0 token or refresh token for which it was issued
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
    is_offline     INTEGER NOT NULL,
    scopes         TEXT NOT NULL             -- separated by spaces
) WITHOUT ROWID;

CREATE TABLE consent (                       -- all scopes that an account has granted an app by OAuth 2
    app_id        INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    scopes        TEXT NOT NULL,             -- separated by spaces
    PRIMARY KEY (app_id, account_id)
) WITHOUT ROWID;

CREATE TABLE refresh_token (
    token         TEXT PRIMARY KEY,
    app_id        INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    scopes        TEXT NOT NULL,             -- separated by spaces
    is_revoked    INTEGER NOT NULL DEFAULT 0,
    needs_secret  INTEGER NOT NULL DEFAULT 0 -- whether a refresh needs the app's secret (no PKCE)
) WITHOUT ROWID;

CREATE TABLE nonce (
    timestamp_s   INTEGER NOT NULL,
    digest        INTEGER NOT NULL,          -- of app key, token and nonce; there may be very many rows
    PRIMARY KEY (timestamp_s, digest)
) WITHOUT ROWID;

CREATE TABLE entry (
    id             INTEGER PRIMARY KEY,
    account_id     INTEGER NOT NULL,
    parent_id      INTEGER,                  -- NULL for a root
    file_id        INTEGER NOT NULL,         -- the number of the change that created it; kept when it is moved
    folded         TEXT NOT NULL,
    name           TEXT NOT NULL,
    is_folder      INTEGER NOT NULL,
    is_live        INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    size_bytes     INTEGER NOT NULL,
    content        TEXT,                     -- the content hash of a live file
    modified_us    INTEGER NOT NULL,         -- in microseconds since 1970; no two versions of files have the same
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
CREATE INDEX entry_time ON entry (account_id, modified_us) WHERE content IS NOT NULL;

CREATE TABLE revision (
    entry_id       INTEGER NOT NULL,
    file_id        INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    is_folder      INTEGER NOT NULL,
    is_live        INTEGER NOT NULL,
    size_bytes     INTEGER NOT NULL,
    content        TEXT,
    modified_us    INTEGER NOT NULL,
    client_mtime_s INTEGER NOT NULL,
    PRIMARY KEY (entry_id, seq)
) WITHOUT ROWID;
CREATE INDEX revision_seq ON revision (seq);
-- A node gets another file only after the deletion of the previous one.
CREATE INDEX revision_file ON revision (file_id) WHERE NOT is_live;
CREATE INDEX revision_time ON revision (modified_us) WHERE content IS NOT NULL;

-- Every name once, however many entries have it, with its trigrams for the search. The trigrams are stored for
-- 64 names at a time, which takes a fifth of the time. The search reads all names that are not stored yet.
CREATE TABLE name (
    id     INTEGER PRIMARY KEY,
    folded TEXT NOT NULL UNIQUE
);
-- The search without accents compares every name that may have an accent.
CREATE INDEX name_accented ON name (id) WHERE folded GLOB '*[^ -~]*';
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
    root         TEXT NOT NULL,              -- the root of the caller that began it
    offset_bytes INTEGER NOT NULL,
    expires_s    INTEGER NOT NULL,
    is_closed    INTEGER NOT NULL DEFAULT 0, -- accepts no more bytes
    is_parallel  INTEGER NOT NULL DEFAULT 0  -- its pieces may be sent in any order
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
    expires_s  INTEGER NOT NULL,
    seq        INTEGER                       -- the version of the file; NULL for the current one
) WITHOUT ROWID;

CREATE TABLE link (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- listings are in this order, so ids are not reused
    token      TEXT NOT NULL UNIQUE,
    short_code TEXT UNIQUE,                  -- none for a temporary link
    kind       TEXT NOT NULL,                -- 'share' or 'media'
    account_id INTEGER NOT NULL,             -- the account of the entry
    entry_id   INTEGER NOT NULL,
    expires_s  INTEGER NOT NULL,
    is_limited INTEGER NOT NULL,             -- the owner has chosen when it expires
    audience   TEXT NOT NULL DEFAULT 'public', -- 'public', 'team', 'no_one' or 'members'
    password   TEXT,                         -- salted and hashed; NULL if the link has none
    allows_download INTEGER NOT NULL DEFAULT 1,
    seq        INTEGER                       -- the version that a temporary link serves; NULL for the current one
);
CREATE UNIQUE INDEX link_entry ON link (entry_id) WHERE kind = 'share';
CREATE INDEX link_account ON link (account_id) WHERE kind = 'share';
CREATE INDEX link_expiry ON link (expires_s) WHERE kind = 'media';

CREATE TABLE upload_link (
    token      TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    app_id     INTEGER NOT NULL,
    root       TEXT NOT NULL,                -- the root of the caller that created it
    path       TEXT NOT NULL,
    overwrite  INTEGER NOT NULL,             -- this and the next five: `WriteMode`
    parent_rev TEXT,
    autorename INTEGER NOT NULL,
    accepts_same_content INTEGER NOT NULL,
    requires_known_parent INTEGER NOT NULL,
    accepts_deleted_parent INTEGER NOT NULL,
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
    kind       TEXT NOT NULL                 -- 'copy', 'delete' ...
) WITHOUT ROWID;

-- The result of a job for each of its entries: the file or folder, or the error.
CREATE TABLE job_result (
    job_id         TEXT NOT NULL,
    position       INTEGER NOT NULL,
    error          TEXT,                     -- the tags of the error, from the outermost one on, separated by slashes
    correct_offset INTEGER,                  -- of an error of an upload session
    path           TEXT,
    is_folder      INTEGER,
    is_deleted     INTEGER,
    revision       INTEGER,
    namespace_id   INTEGER,
    size_bytes     INTEGER,
    content        TEXT,
    modified_us    INTEGER,
    client_mtime_s INTEGER,
    file_id        INTEGER,
    PRIMARY KEY (job_id, position)
) WITHOUT ROWID;

CREATE TABLE fetch_job (
    id         TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    app_id     INTEGER NOT NULL,
    root       TEXT NOT NULL,                -- the caller's root
    status     TEXT NOT NULL,                -- 'complete' or 'failed'
    path       TEXT NOT NULL                 -- the path of the saved file, within the caller's root
) WITHOUT ROWID;
