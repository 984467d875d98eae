package luaapi

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"botd/engine"
	"botd/engine/script"
)

// csv reads and writes tables as spreadsheets exchange them.
var csvModule = script.Module{Name: "csv", Pure: true, Members: []script.Member{
	script.Fn("decode", csvDecode), script.Plain("encode", csvEncode),
}}

type csvDecodeArgs struct {
	Text string  `lua:"text"`
	Opts csvOpts `lua:"opts,optional"`
}

type csvOpts struct {
	Header bool   `lua:"header,optional"` // the first line names the columns: each row is then a table by these names
	Sep    string `lua:"sep,optional"`    // what stands between columns: "," if not given
}

// maxCSVCells bounds what is read: what a script can hold anyway.
const maxCSVCells = 100_000

// comma is the separator of the options.
func (o csvOpts) comma(c *script.Call) rune {
	if o.Sep == "" {
		return ','
	}
	r, n := utf8.DecodeRuneInString(o.Sep)
	if n != len(o.Sep) || r == '"' || r == '\n' || r == '\r' || r == utf8.RuneError {
		c.BadArg("opts", "sep: expected one character, got %s", quoted(o.Sep))
	}
	return r
}

// csvDecode reads a table: a list of rows, each a list of texts. Rows may differ in
// length.
func csvDecode(c *script.Call, a csvDecodeArgs) (script.Value, error) {
	c.Charge(1 + len(a.Text)/4)
	r := csv.NewReader(strings.NewReader(a.Text))
	r.Comma, r.FieldsPerRecord = a.Opts.comma(c), -1
	var rows []any
	var header []string
	for cells := 0; ; {
		record, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return c.PlainToLua(rows, false), nil
		case err != nil:
			return script.Value{}, csvError(err)
		}
		if cells += len(record); cells > maxCSVCells {
			return script.Value{}, engine.Errorf(engine.Quota, "a table of more than %d cells", maxCSVCells)
		}
		if a.Opts.Header && header == nil {
			header = record
			continue
		}
		rows = append(rows, csvRow(record, header))
	}
}

// csvRow is a row as plain data: a list, or by the names of the columns.
func csvRow(record, header []string) any {
	if header == nil {
		row := make([]any, len(record))
		for i, cell := range record {
			row[i] = cell
		}
		return row
	}
	row := make(map[string]any, len(record))
	for i, cell := range record[:min(len(record), len(header))] {
		row[header[i]] = cell
	}
	return row
}

func csvError(err error) error {
	if pe := (*csv.ParseError)(nil); errors.As(err, &pe) {
		return engine.Errorf(engine.Invalid, "%s", fmt.Sprintf("line %d, column %d: %s", pe.Line, pe.Column, pe.Err))
	}
	return engine.Errorf(engine.Invalid, "%s", err.Error())
}

type csvEncodeArgs struct {
	Rows []script.Value `lua:"rows" type:"any[][]"` // a list of lists
	Opts csvEncodeOpts  `lua:"opts,optional"`
}

type csvEncodeOpts struct {
	Sep string `lua:"sep,optional"` // what stands between columns: "," if not given
}

// csvEncode writes a list of rows, each a list of texts, numbers or booleans.
func csvEncode(c *script.Call, a csvEncodeArgs) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = csvOpts{Sep: a.Opts.Sep}.comma(c)
	held := 0
	defer func() { c.Hold(-held) }()
	for i, row := range a.Rows {
		if !row.IsTable() {
			c.BadArg("rows", "row %d: %s", i+1, script.Expected("a list", row))
		}
		record := make([]string, row.Len())
		for j := range record {
			if v := row.Item(j + 1); !v.IsNil() {
				record[j] = c.Text(v)
			}
			c.Charge(2 + len(record[j])/16)
		}
		_ = w.Write(record) // a strings.Builder takes everything
		w.Flush()
		if b.Len() > maxText {
			c.Misuse("the result would be longer than %d bytes", maxText)
		}
		c.Hold(b.Cap() - held)
		held = b.Cap()
	}
	return b.String()
}
