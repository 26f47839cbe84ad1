package main

import (
	"context"
	"log/slog"
	"slices"
)

// quiet is a handler that writes attributes out once a line is really logged. FerretDB gives its
// logger the text of each statement and document, which slog's own handlers quote at once: a sixth
// of what an insert costs, for lines that nobody asked for.
type quiet struct {
	slog.Handler
	attrs []slog.Attr
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quiet{q.Handler, append(slices.Clip(q.attrs), attrs...)}
}

func (q quiet) WithGroup(name string) slog.Handler {
	return quiet{q.Handler.WithAttrs(q.attrs).WithGroup(name), nil}
}

func (q quiet) Handle(ctx context.Context, line slog.Record) error {
	return q.Handler.WithAttrs(q.attrs).Handle(ctx, line)
}
