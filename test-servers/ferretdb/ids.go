package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	// The SQLite that FerretDB itself is built on.
	_ "modernc.org/sqlite"
)

const lookEvery = 100 * time.Millisecond

// FerretDB 1.24 asks for a document by `_ferretdb_sjson->'$._id'`, but the unique index that it makes
// is over `_ferretdb_sjson->"_id"`: to SQLite another expression, so that each look by id reads the
// whole collection. keepIdsIndexed makes the index that was meant, beside each collection that has
// none. It changes no answer, only what one costs.
func keepIdsIndexed(ctx context.Context, folder string) {
	open := map[string]*database{}
	for {
		files, err := filepath.Glob(filepath.Join(folder, "*.sqlite"))
		if err != nil {
			log.Printf("ids are not indexed, so each look by id is a scan: %v", err)
			return
		}
		for _, file := range files {
			// Somebody else writes, or it has just been dropped: the next look finds it as it is then.
			_ = indexIds(ctx, open, file)
		}
		closeDropped(open)
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

type database struct {
	*sql.DB
	file os.FileInfo
	// SQLite counts the changes of a schema: nothing is looked for while it is the same.
	schema int
}

func indexIds(ctx context.Context, open map[string]*database, file string) error {
	known, err := opened(open, file)
	if err != nil {
		return err
	}
	var schema int
	if err := known.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&schema); err != nil {
		return err
	}
	if schema == known.schema {
		return nil
	}
	missing, err := withoutIndex(ctx, known)
	if err != nil {
		return err
	}
	for _, table := range missing {
		index := fmt.Sprintf(`CREATE INDEX IF NOT EXISTS %q ON %q (_ferretdb_sjson->'$._id')`, table+ids, table)
		if _, err := known.ExecContext(ctx, index); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		known.schema = schema
	}
	return nil
}

const ids = "_ids"

// Tables of collections: FerretDB keeps what it knows of them in others, whose names begin with its own.
const collections = `SELECT name FROM sqlite_master AS made
	WHERE type = 'table' AND name NOT LIKE '\_ferretdb%' ESCAPE '\'
	AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = made.name || '` + ids + `')`

func withoutIndex(ctx context.Context, known *database) ([]string, error) {
	rows, err := known.QueryContext(ctx, collections)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		found = append(found, table)
	}
	return found, rows.Err()
}

func opened(open map[string]*database, file string) (*database, error) {
	if known, ok := open[file]; ok {
		return known, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	// Never made here: what FerretDB has dropped must not come back empty.
	made, err := sql.Open("sqlite", "file:"+file+"?mode=rw&_pragma=busy_timeout(1000)")
	if err != nil {
		return nil, err
	}
	made.SetMaxOpenConns(1)
	open[file] = &database{DB: made, file: info, schema: -1}
	return open[file], nil
}

// A database that was dropped, and perhaps made again, is another file under the same name.
func closeDropped(open map[string]*database) {
	for file, known := range open {
		if now, err := os.Stat(file); err == nil && os.SameFile(now, known.file) {
			continue
		}
		known.Close()
		delete(open, file)
	}
}
