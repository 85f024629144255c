"""`ringcast completion`, in the shells that it is for: each is started for real and asked."""

import os
import pathlib
import pty
import re
import select
import shlex
import subprocess
import tempfile
import time
import unittest

BUILD = pathlib.Path(os.environ["RINGCAST_BUILD"])
PROGRAM = BUILD / "ringcast"
COMMANDS = {"serve", "pub", "tail", "bench", "top", "check-config", "completion"}
DEADLINE_SECONDS = 60


def run(command, **options):
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE_SECONDS, **options
    )
    if ended.returncode != 0 or ended.stderr:
        raise AssertionError(f"{command[0]}: {ended.returncode}\n{ended.stderr}")
    return ended.stdout


def script(shell):
    return run([str(PROGRAM), "completion", shell])


def options_in_help(command):
    """The long options that the program's own help names."""
    text = run([str(PROGRAM), command, "--help"])
    options = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.MULTILINE))
    assert "--help" in options, text
    return options


class Workplace(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)
        (self.place / "my config.toml").write_text("")
        (self.place / "other").mkdir()


class Bash(Workplace):
    def ask(self, *words):
        """What bash offers for the last of the words."""
        lines = [
            script("bash"),
            f"cd {shlex.quote(str(self.place))}",
            "COMP_WORDS=(" + " ".join(map(shlex.quote, words)) + ")",
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))",
            "complete -p ringcast >&3",
            # The function that is registered, as bash calls it.
            "function=$(complete -p ringcast) function=${function#*-F } function=${function% *}",
            "$function ringcast",
            'printf "%s\\n" "${COMPREPLY[@]}"',
        ]
        answer = run(["bash", "-c", "exec 3>/dev/null\n" + "\n".join(lines)])
        return {line for line in answer.splitlines() if line}

    def test_commands(self):
        self.assertLessEqual(COMMANDS, self.ask("ringcast", ""))
        self.assertEqual(self.ask("ringcast", "se"), {"serve"})

    def test_every_option_of_every_command(self):
        for command in COMMANDS:
            self.assertLessEqual(
                options_in_help(command), self.ask("ringcast", command, "--"), command
            )

    def test_choices_as_their_own_word_and_after_an_equals_sign(self):
        levels = {"error", "warning", "info", "debug"}
        self.assertEqual(self.ask("ringcast", "serve", "--log-level", ""), levels)
        self.assertEqual(self.ask("ringcast", "serve", "--log-level", "=", ""), levels)
        self.assertEqual(self.ask("ringcast", "serve", "--log-level", "="), levels)
        self.assertEqual(self.ask("ringcast", "serve", "--log-level", "=", "d"), {"debug"})

    def test_positionals(self):
        self.assertEqual(self.ask("ringcast", "bench", "s"), {"saturate", "slow", "storm"})
        self.assertEqual(self.ask("ringcast", "completion", ""), {"bash", "zsh", "fish"})
        self.assertIn("my config.toml", self.ask("ringcast", "check-config", "my"))

    def test_files_users_and_groups(self):
        self.assertEqual(self.ask("ringcast", "serve", "--config", "my"), {"my config.toml"})
        self.assertIn("root", self.ask("ringcast", "serve", "--publish-users", "ro"))
        self.assertIn("daemon", self.ask("ringcast", "serve", "--publish-groups", "daem"))

    def test_nothing_is_offered_where_only_the_user_knows(self):
        self.assertEqual(self.ask("ringcast", "serve", "--heartbeat", ""), set())


class Fish(Workplace):
    def ask(self, line):
        source = self.place / "ringcast.fish"
        source.write_text(script("fish"))
        answer = run(
            ["fish", "--no-config", "-c",
             f"source {source}; cd {shlex.quote(str(self.place))}; complete -C {shlex.quote(line)}"],
            env={**os.environ, "HOME": str(self.place), "XDG_CONFIG_HOME": str(self.place)},
        )
        return {entry.split("\t")[0] for entry in answer.splitlines()}

    def test_commands(self):
        self.assertLessEqual(COMMANDS, self.ask("ringcast "))

    def test_an_option_is_completed(self):
        self.assertEqual(self.ask("ringcast serve --he"), {"--header-timeout", "--heartbeat", "--help"})

    def test_every_option_of_every_command(self):
        for command in COMMANDS:
            self.assertLessEqual(
                options_in_help(command), self.ask(f"ringcast {command} --"), command
            )

    def test_choices_and_positionals(self):
        self.assertEqual(self.ask("ringcast serve --log-format j"), {"journald", "json"})
        self.assertEqual(self.ask("ringcast bench fan"), {"fanout"})

    def test_files_users_and_no_files_where_none_is_meant(self):
        self.assertEqual(self.ask("ringcast serve --config my"), {"my config.toml"})
        self.assertIn("root", self.ask("ringcast serve --publish-users ro"))
        self.assertEqual(self.ask("ringcast serve --heartbeat "), set())


class Zsh(Workplace):
    """An interactive zsh on a terminal: keys are typed, and the line is read back."""

    def setUp(self):
        super().setUp()
        self.answer = self.place / "answer"
        (self.place / "functions").mkdir()
        (self.place / "functions" / "_ringcast").write_text(script("zsh"))
        (self.place / ".zshrc").write_text(
            f"fpath=({self.place}/functions $fpath)\n"
            "autoload -U compinit; compinit -u -D\n"
            "ringcast() { : }\n"
            f"complete_and_tell() {{ zle complete-word; print -r -- \"$BUFFER.\" >{self.answer} }}\n"
            "zle -N complete_and_tell; bindkey '^I' complete_and_tell\n"
            f"cd {self.place}; : >ready\n"
        )
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            environment = {**os.environ, "ZDOTDIR": str(self.place), "TERM": "dumb"}
            os.execvpe("zsh", ["zsh", "-i"], environment)
        self.addCleanup(self.end)
        self.wait_for(lambda: (self.place / "ready").exists())

    def end(self):
        os.close(self.terminal)  # hangs up, which ends the shell
        os.waitpid(self.process, 0)

    def wait_for(self, condition):
        deadline = time.monotonic() + DEADLINE_SECONDS
        screen = b""
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"zsh shows {screen!r}")
            # What it prints is read, or it would wait.
            if select.select([self.terminal], [], [], 0.05)[0]:
                screen += os.read(self.terminal, 4096)

    def ask(self, line):
        """The line after the tab key has been pressed."""
        self.answer.unlink(missing_ok=True)
        os.write(self.terminal, b"\x15" + line.encode() + b"\t")  # ^U clears the line before
        self.wait_for(lambda: self.answer.exists() and self.answer.read_text().endswith(".\n"))
        return self.answer.read_text()[:-2]

    def test_lines_are_completed(self):
        for line, completed in (
            ("ringcast ser", "ringcast serve "),
            ("ringcast serve --log-le", "ringcast serve --log-level="),
            ("ringcast serve --log-level d", "ringcast serve --log-level debug "),
            ("ringcast serve --log-level=d", "ringcast serve --log-level=debug "),
            ("ringcast serve --config my", "ringcast serve --config my\\ config.toml "),
            ("ringcast serve --listen a --listen b --liste", "ringcast serve --listen a --listen b --listen="),
            ("ringcast check-config my", "ringcast check-config my\\ config.toml "),
            ("ringcast bench fan", "ringcast bench fanout "),
            ("ringcast pub --qu", "ringcast pub --quiet "),
            ("ringcast top --on", "ringcast top --once "),
            ("ringcast completion fi", "ringcast completion fish "),
        ):
            with self.subTest(line):
                self.assertEqual(self.ask(line), completed)

    def test_every_option_is_known(self):
        for command in COMMANDS:
            options = options_in_help(command)
            for option in options:
                if any(other != option and other.startswith(option) for other in options):
                    continue  # the beginning of another one stays as it is
                completed = self.ask(f"ringcast {command} {option}")
                self.assertIn(completed.removeprefix(f"ringcast {command} {option}"), (" ", "="))


if __name__ == "__main__":
    unittest.main()
