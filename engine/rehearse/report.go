package rehearse

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Text is a failure as people read it: what, where, and more.
func (f *Failure) Text() string {
	var b strings.Builder
	fmt.Fprintln(&b, f.Error.Error())
	for _, l := range f.Excerpt {
		mark := " "
		if l.Line == f.Line {
			mark = ">"
		}
		fmt.Fprintf(&b, "%s %4d | %s\n", mark, l.Line, l.Text)
	}
	if f.Detail != "" {
		fmt.Fprintln(&b, strings.TrimRight(f.Detail, "\n"))
	}
	for _, l := range f.Trace {
		fmt.Fprintln(&b, "  at", l)
	}
	if len(f.Chaos) > 0 {
		fmt.Fprintln(&b, "chaos:", strings.Join(f.Chaos, ", "))
	}
	for _, l := range f.Output {
		fmt.Fprintln(&b, "printed:", l)
	}
	return b.String()
}

// Title is what a case is called in reports.
func (r *Result) Title() string {
	if r.Name == "" {
		return r.File
	}
	return r.File + ": " + r.Name
}

// TAP writes a summary in the Test Anything Protocol, version 13.
func (s *Summary) TAP(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 13\n1..%d\n", len(s.Results))
	for i, r := range s.Results {
		title := strings.NewReplacer("\n", " ", "#", "\\#").Replace(r.Title())
		if r.Failure == nil {
			fmt.Fprintf(&b, "ok %d - %s\n", i+1, title)
			continue
		}
		fmt.Fprintf(&b, "not ok %d - %s\n", i+1, title)
		for line := range strings.SplitSeq(strings.TrimRight(r.Failure.Text(), "\n"), "\n") {
			fmt.Fprintln(&b, "#", line)
		}
	}
	fmt.Fprintf(&b, "# seed %d\n", s.Seed)
	_, err := io.WriteString(w, b.String())
	return err
}

// The elements of a JUnit report, as build servers read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a summary as XML, a suite for each file.
func (s *Summary) JUnit(w io.Writer) error {
	out := junitSuites{Tests: len(s.Results), Failures: s.Failed, Time: fmt.Sprintf("%.3f", s.Duration.Seconds())}
	for _, r := range s.Results {
		n := len(out.Suites)
		if n == 0 || out.Suites[n-1].Name != r.File {
			out.Suites = append(out.Suites, junitSuite{Name: r.File})
			n++
		}
		suite := &out.Suites[n-1]
		c := junitCase{Name: r.Name, Class: r.File, Time: fmt.Sprintf("%.3f", r.Duration.Seconds())}
		if c.Name == "" {
			c.Name = "load"
		}
		suite.Tests++
		if r.Failure != nil {
			suite.Failures++
			c.Failure = &junitFailure{Message: r.Failure.Error.Error(), Text: r.Failure.Text()}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
