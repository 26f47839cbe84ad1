// Command ferretdb is a MongoDB-wire server for the tests of Holdfast: FerretDB on SQLite.
// It ends on SIGTERM and when its standard input is closed, so it cannot outlive who started it.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// What it keeps is small: memory is cheaper here than the cores that it shares with what is tested.
const garbagePercent = 400

func main() {
	address := flag.String("address", "127.0.0.1:27017", "where it listens")
	folder := flag.String("state", "", "the folder, ending in a slash, that holds its databases")
	flag.Parse()
	debug.SetGCPercent(garbagePercent)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()

	if err := run(ctx, *address, *folder); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address, folder string) error {
	// Beside the databases, so that it goes with them: who is killed cleans nothing up.
	socket := filepath.Join(folder, "socket")
	_ = os.Remove(socket)
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder,
		Logger:    slog.New(quiet{Handler: slog.Default().Handler()}),
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go keepIdsIndexed(ctx, folder)
	go (&front{behind: socket}).serve(ctx, listener)
	return server.Run(ctx)
}
