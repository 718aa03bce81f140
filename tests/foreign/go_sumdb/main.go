// Checks a bundle with golang.org/x/mod's sumdb/note and sumdb/tlog: the checkpoint's signature, and the root
// of every entry. Usage: main BUNDLE VKEY ENTRIES (a file of uint16-prefixed entries, in order).
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	raw, err := os.ReadFile(filepath.Join(os.Args[1], "checkpoint"))
	must(err)
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	signed, err := note.Open(raw, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(signed.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	entries, err := os.ReadFile(os.Args[3])
	must(err)
	var hashes []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = hashes[index]
		}
		return found, nil
	})
	var count int64
	for ; len(entries) > 0; count++ {
		end := 2 + int(binary.BigEndian.Uint16(entries))
		stored, err := tlog.StoredHashes(count, entries[2:end], read)
		must(err)
		hashes = append(hashes, stored...)
		entries = entries[end:]
	}
	root, err := tlog.TreeHash(size, read)
	must(err)
	if count != size || base64.StdEncoding.EncodeToString(root[:]) != lines[2] {
		fmt.Fprintf(os.Stderr, "root of %d entries: %v, signed for %d: %s\n", count, root, size, lines[2])
		os.Exit(1)
	}
	fmt.Printf("%d entries, root %v\n", size, root)
}
