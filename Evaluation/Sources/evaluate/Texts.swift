// SPDX-License-Identifier: Apache-2.0

/// What stands before the tables of the document.
enum Texts {
  static let sweep = """
    Implants that sleep: T(1-j) to T(1+j) two-sided, T(1-j) to T one-sided, each followed by a round
    trip of .2 s on average. "Found" is by the timing evidence, in a day or 40 periods. "Period off
    by" is the median error at the moment of the flag; it shrinks with more visits. The peers'
    columns are shares of the rows that each flags in the same time.
    """
  static let noise = """
    Slot noise is a timetable's: visits n T, each off by a normal error. "Missing" visits were made
    and not seen. All rows are a day, unless said otherwise.
    """
  static let nulls = """
    The share of rows ever flagged within a day or 1,000 visits, however often one looks. 5.6, 6.9 and
    9.2 are higher thresholds on the same rows: a high severity asks for 6.9 or 9.2. The peers see the
    whole day of the first 100 seeds; rows are cut at 20,000 requests, which for means of a second and less leaves them only
    hours.
    """
  static let ranking = """
    Area under the curve: the chance that a row of the beacon scores above a row without a clock.
    Ours is the largest log E in a day or 1,000 visits. Memoryless: means of 2, 5, 60 and 600 s.
    Bursty: browsing, changing rates, and the second list. Payload jitter is 20 %.
    """
  static let delays = """
    Median visits until the first flag. Every peer runs after each of the first 60 visits, then after
    every 20th, and from 300 on after every 60th; RITA's window is the 24 hours before. In practice RITA
    and Elastic run hourly.
    """
  static let changes = """
    The evidence does not fade; whether it is periodic now, and how, must follow the change.
    """
  static let pipeline = """
    The same questions asked of the whole pipeline, on a host that does nothing else: short
    connections, rotation, failing connects, one long connection, other traffic in the process.
    Found means a finding of any analytic at low or above. The last column is over a tenth of the
    seeds, which ran to their end.
    """
  static let benign = """
    Findings by the highest severity that each reached; a finding counts once, on the day it began or
    rose. A finding that closes and opens again is the same one.
    """
  static let implants = """
    Each implant on a copy of each host, on its eighth day. Minutes count from its first visit. On
    the first host of each role its own life goes on beside the implant, to the end; on the others
    it stands still meanwhile, which saves most of the time and leaves the baseline as it is. "By" is
    who told first. The last column is over the first hosts. Kinds that begin with "hard" were written
    down to be missed or found late; what is expected of them is what the rules give, and "nothing" is
    a known miss.
    """
  static let rollOuts = """
    New things that are harmless, on the same copies of the same hosts. "By the rules" is the least
    severity that docs/findings.md gives them: a new program that calls a new place all day is what
    an implant is too. The inventory (declared before the roll-out) or a suppression ends it.
    """
  static let summary = """
    Positives are implanted runs, negatives findings about anything else on ordinary host-days after
    learning. Precision depends on how common implants are, so it is also given for two shares.
    """
  static let told = """
    Numbers in paths that belong to one job are shown as "…".
    """
  static let peerDays = """
    Pairs that each peer flags on the eighth day of ordinary hosts: a pair is a destination address
    and port, since none of them knows the process.
    """
  static let labelled = """
    Connections of the Stratosphere project's captures, made into events as an import of flow logs
    would: no process is known, so no finding can be above low. Inbound scanning is left out; of
    the ordinary days the rows labelled benign are used, and the phone's unlabelled ones.
    """
}
