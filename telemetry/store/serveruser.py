"""The user an embedded server runs as: ourselves, or another one when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from telemetry.lifeline import tied_to_us
from telemetry.store.programs import DatabaseError


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Whom to switch to before starting a program; `account` is None where we stay who we are."""

    account: pwd.struct_passwd | None

    @classmethod
    def find(cls, run_as: str) -> Self:
        """The user `run_as` if we are root, else ourselves.

        Raises DatabaseError if there is no such user, it is root (PostgreSQL refuses that), or
        the program that switches is missing.
        """
        if shutil.which("setpriv") is None:
            raise DatabaseError("setpriv (package util-linux) is missing: install it")
        if os.geteuid() != 0:
            return cls(None)
        try:
            account = pwd.getpwnam(run_as)
        except KeyError as error:
            raise DatabaseError(f"database.run_as: there is no user {run_as!r}") from error
        if account.pw_uid == 0:
            raise DatabaseError("database.run_as: PostgreSQL does not run as root")
        return cls(account)

    def command(self, *words: str, die_with_us: bool = False) -> list[str]:
        """The command `words` as this user; with `die_with_us` it gets SIGINT when we are gone.

        That is at the end of the thread that started it (`telemetry.lifeline`).
        """
        options = []
        if self.account is not None:
            user, group = self.account.pw_uid, self.account.pw_gid
            options = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        if die_with_us:
            return tied_to_us("INT", words, options)
        return ["setpriv", *options, *words] if options else list(words)

    def own(self, path: Path) -> None:
        """Give the folder to this user, private."""
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        path.chmod(0o700)

    def check_reach(self, paths: Iterable[Path]) -> None:
        """Raises DatabaseError if the user cannot enter or execute one of the paths."""
        for path in paths if self.account is not None else ():
            test = self.command("test", "-x", str(path))
            if subprocess.run(test, check=False, cwd="/").returncode:
                assert self.account is not None
                raise DatabaseError(
                    f"user {self.account.pw_name!r}, whom the database runs as, cannot reach "
                    f"{path}: open its parent folders to all (chmod o+x) or choose another data "
                    "folder"
                )
