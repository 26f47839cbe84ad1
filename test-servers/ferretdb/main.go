// Command ferretdb is a MongoDB-wire server for the tests of Holdfast: FerretDB on SQLite.
// It ends on SIGTERM and when its standard input is closed, so it cannot outlive who started it.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	address := flag.String("address", "127.0.0.1:27017", "where it listens")
	folder := flag.String("state", "", "the folder, ending in a slash, that holds its databases")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()

	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: *address},
		Handler:   "sqlite",
		SQLiteURL: "file:" + *folder,
	})
	if err != nil {
		log.Fatal(err)
	}
	go keepIdsIndexed(ctx, *folder)
	if err := server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
