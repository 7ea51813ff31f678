CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
;
CREATE TABLE categories (
	id INTEGER NOT NULL, 
	slug TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	atom_id TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	added_at DATETIME NOT NULL, 
	revision INTEGER DEFAULT 0 NOT NULL, published_revision INTEGER DEFAULT '-1' NOT NULL, published_inputs BLOB, withdrawn_at DATETIME, entry_count INTEGER DEFAULT '0' NOT NULL, newest DATETIME, 
	CONSTRAINT pk_categories PRIMARY KEY (id), 
	CONSTRAINT uq_categories_atom_id UNIQUE (atom_id), 
	CONSTRAINT uq_categories_name_key UNIQUE (name_key), 
	CONSTRAINT uq_categories_slug UNIQUE (slug)
)
;
CREATE TABLE entries (
	id INTEGER NOT NULL, 
	atom_id TEXT NOT NULL, 
	published DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	date_reason TEXT NOT NULL, 
	first_seen_at DATETIME NOT NULL, hidden_at DATETIME, hidden_by TEXT, hidden_reason TEXT, merged_into BIGINT CONSTRAINT fk_entries_merged_into REFERENCES entries (id), page INTEGER, 
	CONSTRAINT pk_entries PRIMARY KEY (id), 
	CONSTRAINT uq_entries_atom_id UNIQUE (atom_id)
)
;
CREATE INDEX ix_entries_published_atom_id ON entries (published, atom_id)
;
CREATE TABLE facts (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
)
;
CREATE TABLE publications (
	path TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	inputs BLOB NOT NULL, 
	published_at DATETIME NOT NULL, parts BLOB, put_digest BLOB, 
	CONSTRAINT pk_publications PRIMARY KEY (path)
)
;
CREATE TABLE sources (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	url TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	title_wanted TEXT, 
	categories JSON NOT NULL, 
	interval_s INTEGER, 
	disabled_reason TEXT, 
	added_at DATETIME NOT NULL, 
	guid TEXT, 
	title TEXT, 
	subtitle TEXT, 
	site_url TEXT, 
	self_url TEXT, 
	feed_updated DATETIME, 
	authors JSON NOT NULL, 
	rights TEXT, 
	icon TEXT, 
	language TEXT, 
	etag TEXT, 
	last_modified TEXT, 
	document_digest BLOB, 
	polled_at DATETIME, 
	succeeded_at DATETIME, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	error_code TEXT, 
	error_message TEXT, 
	next_poll_at DATETIME, 
	next_poll_reason TEXT NOT NULL, current_url TEXT, moving_url TEXT, moving_since DATETIME, moving_polls INTEGER DEFAULT 0 NOT NULL, document_at DATETIME, imported_at DATETIME, hints JSON, freshness JSON, pulse_at DATETIME, pulse_gap_s FLOAT, logo TEXT, hub_url TEXT, topic_url TEXT, pushed_until_at DATETIME, contributors JSON, 
	CONSTRAINT pk_sources PRIMARY KEY (id), 
	CONSTRAINT uq_sources_url UNIQUE (url)
)
;
CREATE INDEX ix_sources_next_poll_at ON sources (next_poll_at)
;
CREATE TABLE keys (
	"key" TEXT NOT NULL, 
	entry_id BIGINT NOT NULL, 
	rule TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	added_at DATETIME NOT NULL, 
	CONSTRAINT pk_keys PRIMARY KEY ("key"), 
	CONSTRAINT fk_keys_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
)
;
CREATE INDEX ix_keys_entry_id ON keys (entry_id)
;
CREATE TABLE polls (
	id INTEGER NOT NULL, 
	source_id BIGINT NOT NULL, 
	started_at DATETIME NOT NULL, 
	outcome TEXT NOT NULL, 
	status INTEGER, 
	final_url TEXT, 
	code TEXT, 
	message TEXT, 
	wire_bytes BIGINT DEFAULT 0 NOT NULL, 
	fetch_s FLOAT DEFAULT 0 NOT NULL, 
	seen INTEGER DEFAULT 0 NOT NULL, 
	new INTEGER DEFAULT 0 NOT NULL, 
	revised INTEGER DEFAULT 0 NOT NULL, 
	unchanged INTEGER DEFAULT 0 NOT NULL, 
	merged INTEGER DEFAULT 0 NOT NULL, 
	quarantined INTEGER DEFAULT 0 NOT NULL, 
	churning INTEGER DEFAULT 0 NOT NULL, 
	tombstoned INTEGER DEFAULT 0 NOT NULL, hops JSON, 
	CONSTRAINT pk_polls PRIMARY KEY (id), 
	CONSTRAINT fk_polls_source_id FOREIGN KEY(source_id) REFERENCES sources (id)
)
;
CREATE INDEX ix_polls_source_id_started_at ON polls (source_id, started_at)
;
CREATE TABLE quarantine (
	id INTEGER NOT NULL, 
	source_id BIGINT NOT NULL, 
	place TEXT NOT NULL, 
	code TEXT NOT NULL, 
	message TEXT NOT NULL, 
	raw TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	entry_id BIGINT, 
	first_seen_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, carrier TEXT, item JSON, dropped_at DATETIME, 
	CONSTRAINT pk_quarantine PRIMARY KEY (id), 
	CONSTRAINT fk_quarantine_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id), 
	CONSTRAINT fk_quarantine_source_id FOREIGN KEY(source_id) REFERENCES sources (id), 
	CONSTRAINT uq_quarantine_source_id_place_code_digest UNIQUE (source_id, place, code, digest)
)
;
CREATE TABLE seed_files (
	source_id BIGINT NOT NULL, 
	path TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	mtime_ns BIGINT NOT NULL, 
	digest BLOB NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_seed_files PRIMARY KEY (source_id, path), 
	CONSTRAINT fk_seed_files_source_id FOREIGN KEY(source_id) REFERENCES sources (id)
)
;
CREATE TABLE sightings (
	id INTEGER NOT NULL, 
	entry_id BIGINT NOT NULL, 
	source_id BIGINT NOT NULL, 
	carrier TEXT NOT NULL, 
	place TEXT NOT NULL, 
	guid TEXT, 
	url TEXT, 
	url_key TEXT, 
	url_reason TEXT, 
	speaks_for BIGINT, 
	verdict TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	revisions INTEGER DEFAULT 0 NOT NULL, 
	digest BLOB NOT NULL, 
	title TEXT NOT NULL, 
	first_seen_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	ended_at DATETIME, home_id BIGINT CONSTRAINT fk_sightings_home_id REFERENCES entries (id), categories JSON, blocked_by TEXT, blocked_reason TEXT, 
	CONSTRAINT pk_sightings PRIMARY KEY (id), 
	CONSTRAINT fk_sightings_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id), 
	CONSTRAINT fk_sightings_source_id FOREIGN KEY(source_id) REFERENCES sources (id), 
	CONSTRAINT fk_sightings_speaks_for FOREIGN KEY(speaks_for) REFERENCES entries (id), 
	CONSTRAINT uq_sightings_source_id_carrier UNIQUE (source_id, carrier), 
	CONSTRAINT uq_sightings_speaks_for UNIQUE (speaks_for)
)
;
CREATE INDEX ix_sightings_entry_id ON sightings (entry_id)
;
CREATE INDEX ix_sightings_source_id_url_key ON sightings (source_id, url_key)
;
CREATE TABLE assignments (
	entry_id BIGINT NOT NULL, 
	category_id BIGINT NOT NULL, 
	sighting_id BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	published DATETIME NOT NULL, page INTEGER, 
	CONSTRAINT pk_assignments PRIMARY KEY (entry_id, category_id), 
	CONSTRAINT fk_assignments_category_id FOREIGN KEY(category_id) REFERENCES categories (id), 
	CONSTRAINT fk_assignments_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id), 
	CONSTRAINT fk_assignments_sighting_id FOREIGN KEY(sighting_id) REFERENCES sightings (id)
)
;
CREATE INDEX ix_assignments_category_id_published ON assignments (category_id, published)
;
CREATE TABLE revisions (
	id INTEGER NOT NULL, 
	sighting_id BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	seen_at DATETIME NOT NULL, 
	reason TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	title TEXT NOT NULL, 
	url TEXT, 
	summary TEXT, 
	content TEXT, 
	language TEXT, 
	authors JSON NOT NULL, 
	tags JSON NOT NULL, 
	enclosures JSON NOT NULL, 
	published DATETIME, 
	updated DATETIME, contributors JSON, thumbnails JSON, links JSON, rights TEXT, copied_from JSON, 
	CONSTRAINT pk_revisions PRIMARY KEY (id), 
	CONSTRAINT fk_revisions_sighting_id FOREIGN KEY(sighting_id) REFERENCES sightings (id), 
	CONSTRAINT uq_revisions_sighting_id_number UNIQUE (sighting_id, number)
)
;
CREATE TABLE moves (
	id INTEGER NOT NULL, 
	source_id BIGINT NOT NULL, 
	moved_at DATETIME NOT NULL, 
	from_url TEXT NOT NULL, 
	to_url TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	undone_at DATETIME, 
	CONSTRAINT pk_moves PRIMARY KEY (id), 
	CONSTRAINT fk_moves_source_id FOREIGN KEY(source_id) REFERENCES sources (id)
)
;
CREATE INDEX ix_moves_source_id ON moves (source_id)
;
CREATE INDEX ix_entries_hidden_at_merged_into ON entries (hidden_at, merged_into) WHERE hidden_at IS NOT NULL OR merged_into IS NOT NULL
;
CREATE INDEX ix_sightings_source_id_first_seen_at ON sightings (source_id, first_seen_at)
;
CREATE INDEX ix_quarantine_source_id_carrier ON quarantine (source_id, carrier)
;
CREATE TABLE fingerprints (
	entry_id BIGINT NOT NULL, 
	value BIGINT NOT NULL, 
	CONSTRAINT pk_fingerprints PRIMARY KEY (entry_id), 
	CONSTRAINT fk_fingerprints_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
)
;
CREATE TABLE bands (
	band INTEGER NOT NULL, 
	entry_id BIGINT NOT NULL, 
	CONSTRAINT pk_bands PRIMARY KEY (band, entry_id), 
	CONSTRAINT fk_bands_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
)
;
CREATE INDEX ix_bands_entry_id ON bands (entry_id)
;
CREATE TABLE memories (
	source_id BIGINT NOT NULL, 
	seen_items BLOB, 
	appearances JSON, 
	CONSTRAINT pk_memories PRIMARY KEY (source_id), 
	CONSTRAINT fk_memories_source_id FOREIGN KEY(source_id) REFERENCES sources (id)
)
;
CREATE INDEX ix_entries_unsealed ON entries (published, atom_id) WHERE page IS NULL
;
CREATE INDEX ix_assignments_unsealed ON assignments (category_id, published) WHERE page IS NULL
;
CREATE TABLE former_slugs (
	slug TEXT NOT NULL, 
	category_id BIGINT NOT NULL, 
	given_up_at DATETIME NOT NULL, 
	CONSTRAINT pk_former_slugs PRIMARY KEY (slug), 
	CONSTRAINT fk_former_slugs_category_id FOREIGN KEY(category_id) REFERENCES categories (id)
)
;
CREATE TABLE archives (
	category_id BIGINT NOT NULL, 
	page INTEGER NOT NULL, 
	next_page INTEGER, 
	updated DATETIME NOT NULL, 
	sealed_at DATETIME NOT NULL, 
	body BLOB NOT NULL, 
	revision INTEGER DEFAULT '0' NOT NULL, 
	published_revision INTEGER DEFAULT '-1' NOT NULL, 
	CONSTRAINT pk_archives PRIMARY KEY (category_id, page)
)
;
CREATE INDEX ix_archives_stale ON archives (category_id, page) WHERE revision <> published_revision
;
CREATE TABLE tombstones (
	category_id BIGINT NOT NULL, 
	entry_id BIGINT NOT NULL, 
	deleted_at DATETIME NOT NULL, 
	reason TEXT NOT NULL, 
	page INTEGER, 
	CONSTRAINT pk_tombstones PRIMARY KEY (category_id, entry_id), 
	CONSTRAINT fk_tombstones_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
)
;
CREATE INDEX ix_tombstones_category_id_deleted_at ON tombstones (category_id, deleted_at)
;
CREATE INDEX ix_tombstones_entry_id ON tombstones (entry_id)
;
CREATE TABLE reissues (
	category_id BIGINT NOT NULL, 
	entry_id BIGINT NOT NULL, 
	page INTEGER NOT NULL, 
	left_out INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_reissues PRIMARY KEY (category_id, entry_id, page), 
	CONSTRAINT fk_reissues_entry_id FOREIGN KEY(entry_id) REFERENCES entries (id)
)
;
CREATE INDEX ix_reissues_entry_id ON reissues (entry_id)
;
CREATE TABLE leases (
	id INTEGER NOT NULL, 
	source_id BIGINT NOT NULL, 
	hub TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	token TEXT NOT NULL, 
	secret TEXT, 
	wanted TEXT NOT NULL, 
	asked TEXT, 
	ends_at DATETIME, 
	due_at DATETIME, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	trouble TEXT, 
	received INTEGER DEFAULT '0' NOT NULL, 
	received_at DATETIME, 
	refused INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_leases PRIMARY KEY (id), 
	CONSTRAINT fk_leases_source_id FOREIGN KEY(source_id) REFERENCES sources (id), 
	CONSTRAINT uq_leases_token UNIQUE (token), 
	CONSTRAINT uq_leases_source_id_hub_topic UNIQUE (source_id, hub, topic)
)
;
CREATE INDEX ix_leases_due_at ON leases (due_at)
;
CREATE TABLE pushes (
	id INTEGER NOT NULL, 
	source_id BIGINT NOT NULL, 
	topic TEXT NOT NULL, 
	received_at DATETIME NOT NULL, 
	content_type TEXT, 
	content_encoding TEXT NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_pushes PRIMARY KEY (id), 
	CONSTRAINT fk_pushes_source_id FOREIGN KEY(source_id) REFERENCES sources (id)
)
;
CREATE INDEX ix_pushes_source_id ON pushes (source_id)
;
CREATE TABLE announcements (
	path TEXT NOT NULL, 
	digest BLOB NOT NULL, 
	CONSTRAINT pk_announcements PRIMARY KEY (path)
)
;
CREATE TABLE pings (
	id INTEGER NOT NULL, 
	hub TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	changes INTEGER DEFAULT '0' NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	due_at DATETIME NOT NULL, 
	trouble TEXT, 
	CONSTRAINT pk_pings PRIMARY KEY (id), 
	CONSTRAINT uq_pings_hub_topic UNIQUE (hub, topic)
)
;
CREATE INDEX ix_pings_due_at ON pings (due_at)
;
CREATE TABLE requests (
	id INTEGER NOT NULL, 
	intent TEXT NOT NULL, 
	callback TEXT NOT NULL, 
	host TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	lease_s INTEGER NOT NULL, 
	secret TEXT, 
	due_at DATETIME NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_requests PRIMARY KEY (id)
)
;
CREATE INDEX ix_requests_host ON requests (host)
;
CREATE INDEX ix_requests_due_at ON requests (due_at)
;
CREATE TABLE subscribers (
	id INTEGER NOT NULL, 
	callback TEXT NOT NULL, 
	host TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	secret TEXT, 
	ends_at DATETIME NOT NULL, 
	changes INTEGER DEFAULT '0' NOT NULL, 
	due_at DATETIME, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	trouble TEXT, 
	CONSTRAINT pk_subscribers PRIMARY KEY (id), 
	CONSTRAINT uq_subscribers_callback_topic UNIQUE (callback, topic)
)
;
CREATE INDEX ix_subscribers_topic ON subscribers (topic)
;
CREATE INDEX ix_subscribers_host ON subscribers (host)
;
CREATE INDEX ix_subscribers_due_at ON subscribers (due_at)
;
CREATE VIRTUAL TABLE searchable USING fts5(words, content='', columnsize=0, tokenize='ascii')
;
CREATE TABLE former_names (
	name_key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	category_id BIGINT NOT NULL, 
	given_up_at DATETIME NOT NULL, 
	CONSTRAINT pk_former_names PRIMARY KEY (name_key), 
	CONSTRAINT fk_former_names_category_id FOREIGN KEY(category_id) REFERENCES categories (id)
)
;
CREATE INDEX ix_publications_unput ON publications (path) WHERE put_digest IS NULL OR put_digest <> digest
;
INSERT INTO "alembic_version" VALUES ('0008')
;
