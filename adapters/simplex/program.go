package simplex

import (
	"net/url"
	"path/filepath"
	"strconv"

	"botd/adapters/simplex/internal/cli"
	"botd/engine"
)

// program says how the session starts its program, which keeps its database and files in
// dir unless the settings say otherwise.
func (s *Settings) program(dir string) (cli.Command, error) {
	u, err := url.Parse(s.URL)
	port, _ := strconv.Atoi(u.Port())
	switch {
	case err != nil || u.Scheme != "ws" || !isLocal(u.Hostname()) || port == 0:
		return cli.Command{}, engine.Errorf(engine.Invalid, "url %q: a program that is started listens on this machine, at an address like ws://127.0.0.1:5225", s.URL)
	case s.Profile == "":
		return cli.Command{}, engine.Errorf(engine.Invalid, "command needs the name of the profile: the program would ask for it at its terminal")
	}
	database := s.Database
	if database == "" {
		database = filepath.Join(dir, "program", "simplex")
	}
	if database, err = filepath.Abs(database); err != nil {
		return cli.Command{}, engine.Errorf(engine.Invalid, "database %q: %w", s.Database, err)
	}
	return cli.Command{
		Path: s.Command, Args: s.Arguments, Port: port, Database: database, Key: s.DatabaseKey, Profile: s.Profile,
		Files: s.FilesFolder, Temp: filepath.Join(filepath.Dir(database), "temporary"),
	}, nil
}

// manage fills what follows from the settings of a program that the session starts.
func (s *Settings) manage(dir string) error {
	if s.Command == "" {
		if len(s.Arguments) > 0 || s.Database != "" || s.DatabaseKey != "" {
			return engine.Errorf(engine.Invalid, "arguments, database and database_key are for a program that is started: set command")
		}
		return nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return engine.Errorf(engine.Invalid, "the session's folder: %w", err)
	}
	if s.FilesFolder == "" {
		s.FilesFolder = filepath.Join(dir, "files")
	}
	command, err := s.program(dir)
	if err != nil {
		return err
	}
	return command.Validate()
}
