#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the fixtures of ReferenceAgreementTests from the numpy reference.

    python3 make_fixtures.py /path/to/reference Fixtures

The reference directory holds proto.py (the detector) and gen.py (seeded generators). Every
sequence is rounded to whole milliseconds first, so that the reference and the port read the very
same doubles; then Detector steps one row, request by request. About half a minute of one core.

A fixture is a text file of sequences:

    > name
    <milliseconds since the request before> <log E after this request>
    ...
    = <visits> <period of the best tracker in s> <its jitter>

The first row's milliseconds are since zero. The last line is not kept by the reference; it is
worked out here from the reference's state by the formulas of docs/timing.md, "The report".
"""
import pathlib
import sys
import zlib

import numpy as np

sys.path.insert(0, sys.argv[1])
import gen  # noqa: E402
import proto  # noqa: E402


def rows_of(table, length):
    """The first row of a generator's table, in milliseconds, without padding."""
    row = np.asarray(table)[0]
    row = row[~np.isnan(row)][:length]
    return [int(round(1000 * t)) for t in row]


def sequences():
    """Yields (file, name, times in ms); each sequence has a seed made from its own name."""

    def make(file, name, build, length):
        generator = np.random.default_rng(zlib.crc32(name.encode()))
        return file, name, rows_of(build(generator), length)

    for period in (5, 60, 600, 3600):
        yield make("jitter", f"clean T={period}",
                   lambda g: gen.beacon(g, 1, period, 0, L=40), 40)
        for jitter in (0.2, 0.5, 0.6):
            for mode in ("two", "one"):
                yield make("jitter", f"jitter {jitter} {mode}-sided T={period}",
                           lambda g: gen.beacon(g, 1, period, jitter, mode, L=90), 90)
    yield make("jitter", "long run, jitter 0.2 T=60",
               lambda g: gen.beacon(g, 1, 60, 0.2, L=900), 900)
    yield make("jitter", "exact clock T=60", lambda g: [np.arange(60) * 60.0], 60)

    for deviation in (0.1, 0.3):
        yield make("clocks", f"gaussian sleep sd={deviation} T=60",
                   lambda g: gen.beacon(g, 1, 60, deviation, "gauss", L=140), 140)
    for deviation, missing in ((0.08, 0), (0.2, 0), (0.5, 0), (0.2, 0.3), (0.1, 0.5)):
        yield make("clocks", f"gaussian slots sd={deviation} missing {missing} T=600",
                   lambda g: gen.slot(g, 1, deviation, miss=missing), 144)
    for missing in (0.3, 0.5):
        for jitter in (0, 0.2, 0.5):
            yield make("clocks", f"missing {missing} jitter {jitter} T=60",
                       lambda g: gen.beacon(g, 1, 60, jitter, miss=missing, L=600), 200)
    yield make("clocks", "burst k=5 in 2 s T=60",
               lambda g: gen.beacon(g, 1, 60, 0.2, burst=5, bw=2, L=60), 250)
    yield make("clocks", "burst k=6 in 10 s T=600",
               lambda g: gen.beacon(g, 1, 600, 0.2, burst=6, bw=10, L=60), 300)
    yield make("clocks", "burst k=6 in 66 s T=600",
               lambda g: gen.beacon(g, 1, 600, 0.2, burst=6, bw=66, L=60), 300)
    yield make("clocks", "switch 60 to 300 s", lambda g: gen.switch(g, 1, 60, 300, 0.2, 80), 160)
    yield make("clocks", "switch 600 to 30 s", lambda g: gen.switch(g, 1, 600, 30, 0.2, 80), 160)
    yield make("clocks", "outliers 3 % jitter 0.2 T=60",
               lambda g: gen.gaps(g, 1, 60, 0.2, L=200), 200)
    yield make("clocks", "outliers 10 % clean T=60",
               lambda g: gen.gaps(g, 1, 60, 0, 0.1, L=200), 200)
    yield make("clocks", "back-off then 10 s", lambda g: gen.backoff(g, 1), 180)
    yield make("clocks", "100 Poisson visits then T=60",
               lambda g: gen.junk_then(g, 1, 60, 0.2), 180)
    # The running null never quite recovers from the junk, so the fresh null's penalty still counts
    # when the segment has outgrown the port's table of 256 visits.
    yield make("clocks", "100 fast Poisson visits then T=600, long",
               lambda g: np.concatenate([
                   np.cumsum(g.exponential(5, (1, 100)), 1),
                   1000 + gen.sleeps(g, 1, 600, 0.2, "two", 350)], 1), 450)
    yield make("clocks", "cron 300 s", lambda g: gen.cron(g, 1, 300, 2), 60)
    yield make("clocks", "long poll 60 s", lambda g: gen.longpoll(g, 1), 150)

    for mean, length in ((0.3, 500), (0.5, 400), (1, 400), (2, 200), (5, 200), (60, 300),
                         (600, 140)):
        yield make("benign", f"Poisson mean {mean} s",
                   lambda g: gen.poisson(g, 1, mean, length), length)
    for kind in ("exp", "par", "ln"):
        yield make("benign", f"on/off browsing {kind}",
                   lambda g: gen.onoff(g, 1, 10, 900, kind), 300)
    for index in (1.2, 2):
        yield make("benign", f"Pareto hard minimum a={index}",
                   lambda g: gen.pareto(g, 1, index), 200)
    yield make("benign", "Lomax a=1.2",
               lambda g: gen.renew(10 * g.pareto(1.2, (1, 1000))), 200)
    for shape in (0.3, 2, 3):
        yield make("benign", f"gamma shape {shape}", lambda g: gen.gam(g, 1, shape), 200)
    for share in (0.3, 0.5):
        yield make("benign", f"dead time {share} of mean",
                   lambda g: gen.dead(g, 1, 60 * share, 60 * (1 - share)), 200)
    yield make("benign", "lognormal block rates", lambda g: gen.lnrate(g, 1, 1.0), 200)
    yield make("benign", "two-rate MMPP", lambda g: gen.mmpp(g, 1), 200)
    yield make("benign", "random downloads", lambda g: gen.download(g, 1), 300)

    def doubled(g):
        """A beacon whose every request is logged two or three times with the same time stamp."""
        times = gen.beacon(g, 1, 60, 0.2, L=60)[0]
        return [np.sort(np.repeat(times, g.integers(2, 4, len(times))))]

    def chatter(g):
        """Sub-second requests without end, with rare pauses: stresses the coarse collapse."""
        sleeps = g.uniform(0.05, 1.2, 400)
        sleeps[g.random(400) < 0.05] = 20
        return [np.cumsum(sleeps)]

    yield make("benign", "same time stamp twice or thrice", doubled, 150)
    yield make("benign", "chatter below a second", chatter, 400)


def report(detector):
    """(period, jitter) of the tracker with most capital, fine channel first on a tie."""
    best = (-np.inf, np.nan, np.nan)
    for channel in (detector.fine, detector.coarse):
        if channel.nint[0] == 0:
            continue
        starts = channel.j[0]
        capital = channel.base - np.log(starts * (starts + 1)) + channel.net[0]
        h = int(np.argmax(capital))
        if capital[h] > best[0]:
            ratio, n = proto.HR[h], channel.n[0, h]
            start = channel.hi[0, h] - np.log(ratio)
            gap = max(channel.lo[0, h] - start, 1e-9)
            lower = np.exp(start + 1 / n - gap / np.expm1(min(n * gap, 700)))
            best = (capital[h], lower * (1 + ratio) / 2, (ratio - 1) / (ratio + 1))
        if not channel.slot:
            continue
        slot = {name: values[0] for name, values in channel.sl.items()}
        n, total, logs, null, least = channel.sf[:, 0]
        net = slot["gr"] - proto.fresh(max(n, 1), total, logs, null, least)
        capital = np.log(proto.WSLOT) - np.log(slot["j"] * (slot["j"] + 1)) + net
        if capital > best[0]:
            period = max(slot["sxy"] / slot["sxx"], 1e-3)
            residual = max(0, slot["syy"] - slot["sxy"] ** 2 / slot["sxx"])
            variance = (residual + (0.2 * period) ** 2) / (slot["n"] - 1)
            best = (capital, period, np.sqrt(variance) / period)
    return best[1:]


def main():
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    row = np.array([0])
    for file, name, times in sequences():
        detector = proto.Detector(1)
        lines = files.setdefault(file, [])
        lines.append(f"> {name}")
        before = 0
        for time in times:
            detector.step(row, np.array([time / 1000]))
            lines.append(f"{time - before} {detector.E[0]:.8f}")
            before = time
        period, jitter = report(detector)
        lines.append(f"= {detector.visits[0]} {period:.9g} {jitter:.9g}")
        print(f"{name}: {len(times)} requests, log E {detector.E[0]:.2f}", flush=True)
    for file, lines in files.items():
        (folder / f"{file}.txt").write_text("\n".join(lines) + "\n")


main()
