# SPDX-License-Identifier: Apache-2.0
# A harmless implant: posts random bytes to ADDRESS PORT about every five seconds, VISITS times.
#
# Usage: perl implant.pl ADDRESS PORT VISITS [SECONDS]
use strict;
use warnings;
use IO::Socket::INET;

my ($address, $port, $visits, $period) = @ARGV;
$period ||= 5;
for (1 .. $visits) {
    my $socket = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port, Timeout => 5);
    if ($socket) {
        my $body = join '', map { chr int rand 256 } 1 .. 240;
        print $socket "POST /p HTTP/1.1\r\nHost: $address\r\nContent-Length: 240\r\n"
            . "Connection: close\r\n\r\n$body";
        1 while sysread $socket, my $answer, 65536;
        close $socket;
    }
    select undef, undef, undef, $period * (0.8 + rand 0.4);
}
