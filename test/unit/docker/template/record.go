// Prints what Go makes of the templates on its standard input, a JSON array, applied to the values that typed.ts
// describes too.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"runtime"
	"strings"
	"text/template"
	"time"
)

type Port string

type Level int

type Binding struct{ HostIp, HostPort string }

type Result struct {
	Start    time.Time
	ExitCode int
}

type Health struct {
	Status string
	Log    []*Result
}

type State struct {
	Status  string
	Running bool
	Pid     int
	Health  *Health
}

type Base struct {
	ID    string `json:"Id"`
	State *State
	Size  *int64 `json:",omitempty"`
}

type Object struct {
	*Base
	Name     string
	Labels   map[string]string
	NoLabels map[string]string
	Env      []string
	NoEnv    []string
	Ports    map[Port][]Binding
	Exposed  map[Port]struct{}
	Bindings []Binding
	Pointers []*Binding
	Nothing  *State
	Any      any
	Nil      any
	Mixed    []any
	Count    int64
	Small    uint16
	Ratio    float64
	Level    Level
	On       bool
	When     time.Time
	Numbers  map[string]int
	Hidden   string `json:"-"`
	Empty    string `json:",omitempty"`
	None     []string `json:",omitempty"`
	Nested   Binding
}

type Row struct{ id string }

func (r *Row) ID() string               { return r.id }
func (r *Row) Names() string            { return "web" }
func (r *Row) Label(name string) string { return "<" + name + ">" }

func object() *Object {
	when := time.Date(2024, 2, 29, 13, 4, 5, 60_000_000, time.UTC)
	size := int64(12)
	health := &Health{"healthy", []*Result{{when, 1}, nil}}
	return &Object{
		Base:     &Base{"abc", &State{"running", true, 42, health}, &size},
		Name:     "/web",
		Labels:   map[string]string{"b": "2", "a": "1", "com.x/y": "z"},
		Env:      []string{"A=1", "B=two words"},
		Ports:    map[Port][]Binding{"80/tcp": {{"0.0.0.0", "8080"}, {"::", "8080"}}, "53/udp": nil},
		Exposed:  map[Port]struct{}{"80/tcp": {}},
		Bindings: []Binding{{"127.0.0.1", "1"}},
		Pointers: []*Binding{nil},
		Any:      Binding{"h", "p"},
		Mixed:    []any{1, "a", nil, 2.5, true, []string{"x"}, map[string]any{"k": 1000000.0}},
		Count:    1 << 40, Small: 65535, Ratio: 1000000, Level: 3, On: true, When: when,
		Numbers: map[string]int{"x": 1, "y": -2},
		Hidden:  "h",
		Nested:  Binding{"n", ""},
	}
}

func encode(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimSpace(buffer.String())
}

var (
	address = regexp.MustCompile("0xc[0-9a-f]{9}")
	decimal = regexp.MustCompile("8246[0-9]{8}")
)

// Without what differs between runs and programs, and without the private parts of dates.
func plain(text string) string {
	text = address.ReplaceAllString(text, "0xc000010000")
	text = decimal.ReplaceAllString(text, "824633786368")
	return strings.NewReplacer("main.", "", "{60000000 63844808645 <nil>}", "{}").Replace(text)
}

// The template and what it prints, or the template, nothing and the error.
func apply(text string, data any) []string {
	functions := template.FuncMap{
		"json": encode, "split": strings.Split, "join": strings.Join,
		"title": strings.Title, "lower": strings.ToLower, "upper": strings.ToUpper,
	}
	parsed, err := template.New("").Funcs(functions).Parse(text)
	var buffer bytes.Buffer
	if err == nil {
		err = parsed.Execute(&buffer, data)
	}
	if err != nil {
		return []string{text, "", plain(err.Error())}
	}
	return []string{text, plain(buffer.String())}
}

func main() {
	var templates struct{ Object, Row []string }
	if err := json.NewDecoder(os.Stdin).Decode(&templates); err != nil {
		panic(err)
	}
	answers := map[string]any{"version": runtime.Version()}
	results := map[string][][]string{}
	for _, text := range templates.Object {
		results["object"] = append(results["object"], apply(text, object()))
	}
	for _, text := range templates.Row {
		results["row"] = append(results["row"], apply(text, &Row{"abc"}))
	}
	for name, result := range results {
		answers[name] = result
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answers); err != nil {
		panic(err)
	}
}
