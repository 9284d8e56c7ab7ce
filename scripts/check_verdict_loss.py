# SPDX-License-Identifier: Apache-2.0
"""Takes records out of recorded traces and looks whether the verdicts stand.

Usage: check_verdict_loss.py SENSOR TRACES [SEEDS]

Burst, head and connected lines, drawn by a fixed seed, are replaced by lost lines of the same time:
that is what the sensor writes where its ring was full.
  - 1 % of them, in every malicious trace: the same findings, each at the same severity, and none
    of them with full confidence
  - 60 %, in every trace: a benign one does not fire
One line a trace; the last is "N passed, N failed".
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

KINDS = {"burst", "head", "connected"}


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"check_verdict_loss: {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def thinned(lines, share, seed):
    """The lines with a share of the records lost, and how many; at least one."""
    draw = random.Random(seed)
    at = [index for index, line in enumerate(lines) if json.loads(line).get("e") in KINDS]
    taken = set(draw.sample(at, max(1, round(len(at) * share)))) if at else set()
    lost, result = 0, []
    for index, line in enumerate(lines):
        event = json.loads(line)
        if index in taken:
            time = event["last"] if event["e"] == "burst" else event["t"]
            line = json.dumps({"t": time, "e": "lost", "records": 1, "stage": "ring"})
        if event.get("e") == "end":
            line = json.dumps({"e": "end", "events": event["events"],
                               "lost": event["lost"] + len(taken)})
        result.append(line)
    return result


class Check:
    def __init__(self, sensor, traces, seeds):
        self.sensor, self.traces, self.seeds = sensor, pathlib.Path(traces), seeds
        self.work = tempfile.TemporaryDirectory(prefix="halfwire-loss.")
        self.folder = pathlib.Path(self.work.name)
        # Expectations name what is beside their directory.
        for other in self.traces.iterdir():
            if other.is_dir() and other.name not in ("malicious", "benign"):
                (self.folder / other.name).symlink_to(other.resolve())
        self.passed = self.failed = 0

    def verdict(self, name, amiss):
        if amiss:
            self.failed += 1
            print(f"FAILED  {name}: {'; '.join(amiss[:4])}")
        else:
            self.passed += 1
            print(f"ok      {name}")

    def lines(self, trace):
        return run(self.sensor, "trace", "convert", str(trace), "-").splitlines()

    def judged(self, lines, trace):
        """The line of "halfwire test" about the thinned trace, with its expectation beside it."""
        folder = self.folder / trace.parent.name
        folder.mkdir(exist_ok=True)
        made = [folder / (trace.stem + ".jsonl")]
        made[0].write_text("\n".join(lines) + "\n")
        expectation = trace.with_suffix(".toml")
        if expectation.exists():
            made.append(folder / expectation.name)
            made[1].write_bytes(expectation.read_bytes())
        answer = run(self.sensor, "test", "--json", str(self.folder)).splitlines()
        for file in made:
            file.unlink()
        return json.loads(answer[0])

    @staticmethod
    def told(judged):
        return sorted((finding["slug"], finding["severity"]) for finding in judged["findings"]
                      if finding["severity"] in ("medium", "high"))

    def all(self):
        for trace in sorted(self.traces.glob("malicious/*.trace")):
            whole = self.lines(trace)
            expected = self.told(self.judged(whole, trace))
            if not any(json.loads(line).get("e") in KINDS for line in whole):
                print(f"note    1 % lost: {trace.stem} has no line of these kinds")
                continue
            amiss = []
            for seed in range(self.seeds):
                judged = self.judged(thinned(whole, 0.01, f"{trace.name} {seed}"), trace)
                if self.told(judged) != expected:
                    amiss.append(f"seed {seed}: {self.told(judged)}, whole {expected}")
                amiss += [f"seed {seed}: {finding['slug']} has confidence 1"
                          for finding in judged["findings"] if finding["confidence"] >= 1]
            self.verdict(f"1 % lost: {trace.stem}", amiss)
        for trace in sorted(self.traces.glob("benign/*.trace")):
            whole = self.lines(trace)
            amiss = []
            for seed in range(self.seeds):
                judged = self.judged(thinned(whole, 0.6, f"{trace.name} {seed}"), trace)
                if judged["fired"]:
                    amiss.append(f"seed {seed}: {self.told(judged)}")
            self.verdict(f"60 % lost: {trace.stem}", amiss)
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(Check(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 3).all())
