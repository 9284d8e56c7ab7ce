/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records that cross from the kernel to user space, and into native traces.
 *
 * This file is the single source of truth for their layout: the BPF programs include it and
 * Swift imports it as module CWire. It includes nothing, so that both see the same bytes.
 * Integers are in host byte order (little-endian on every supported machine), times are
 * nanoseconds since boot (CLOCK_BOOTTIME), byte counts are TCP payload.
 */
#ifndef HALFWIRE_WIRE_H
#define HALFWIRE_WIRE_H

typedef unsigned char halfwire_u8;
typedef unsigned short halfwire_u16;
typedef unsigned int halfwire_u32;
/* long long and not long: Swift imports it as UInt64 on every platform. */
typedef unsigned long long halfwire_u64;

/* Raised whenever a layout below changes; a reader refuses what it does not know. */
#define HALFWIRE_WIRE_VERSION 1

/* No record is longer; the ring lends nothing larger and a trace block refuses it. */
#define HALFWIRE_RECORD_LIMIT_BYTES 65536

enum halfwire_kind {
	HALFWIRE_KIND_PROCESS = 1,
	HALFWIRE_KIND_FORK = 2,
	HALFWIRE_KIND_EXIT = 3,
	HALFWIRE_KIND_CONNECT = 4,
	HALFWIRE_KIND_CONNECTED = 5,
	HALFWIRE_KIND_ACCEPT = 6,
	HALFWIRE_KIND_ADOPT = 7,
	HALFWIRE_KIND_BURST = 8,
	HALFWIRE_KIND_CLOSED = 9,
	HALFWIRE_KIND_FINAL = 10,
	HALFWIRE_KIND_HEAD = 11,
	HALFWIRE_KIND_DNS = 12,
	HALFWIRE_KIND_AUDIT = 13,
	HALFWIRE_KIND_RESET = 14,
	/* Of sensor origin, in native traces only. */
	HALFWIRE_KIND_TICK = 32,
	HALFWIRE_KIND_LOST = 33,
	/* One line of the JSON Lines form: whatever has no fixed layout here. */
	HALFWIRE_KIND_TEXT = 34,
	/* The beginning of a line longer than one record; the next TEXT record ends it. */
	HALFWIRE_KIND_TEXT_PART = 35,
};

/* Begins every record. length_bytes counts the whole record, header included. */
struct halfwire_header {
	halfwire_u16 kind;
	halfwire_u8 version;
	halfwire_u8 reserved;
	halfwire_u32 length_bytes;
	halfwire_u64 time_ns;
};
_Static_assert(sizeof(struct halfwire_header) == 16, "header layout");

/* A process image: the thread group, its leader's start and how often it has called exec. */
struct halfwire_image {
	halfwire_u64 start_ns;
	halfwire_u64 exec_id;
	halfwire_u32 pid;
	halfwire_u32 reserved;
};
_Static_assert(sizeof(struct halfwire_image) == 24, "image layout");

/* One life of a socket. The generation tells apart the lives that share a cookie. */
struct halfwire_socket {
	halfwire_u64 cookie;
	halfwire_u32 generation;
	halfwire_u32 netns_inode;
};
_Static_assert(sizeof(struct halfwire_socket) == 16, "socket layout");

#define HALFWIRE_FAMILY_NONE 0
#define HALFWIRE_FAMILY_IPV4 4
#define HALFWIRE_FAMILY_IPV6 6

/* address: network order, IPv4 in the first four bytes. port: host order, 0 not yet known. */
struct halfwire_endpoint {
	halfwire_u8 address[16];
	halfwire_u32 scope_id;
	halfwire_u16 port;
	halfwire_u8 family;
	halfwire_u8 reserved;
};
_Static_assert(sizeof(struct halfwire_endpoint) == 24, "endpoint layout");

#define HALFWIRE_OUTBOUND_NO 0
#define HALFWIRE_OUTBOUND_YES 1
#define HALFWIRE_OUTBOUND_UNKNOWN 2

enum halfwire_close_reason {
	HALFWIRE_CLOSE_UNKNOWN = 0,
	HALFWIRE_CLOSE_FIN = 1,
	HALFWIRE_CLOSE_RESET = 2,
	HALFWIRE_CLOSE_ABORT = 3,
	HALFWIRE_CLOSE_REFUSED = 4,
	HALFWIRE_CLOSE_UNREACHABLE = 5,
	HALFWIRE_CLOSE_TIMEOUT = 6,
};

/* connect, connected, accept, adopt and closed. An image with pid 0 is "not known". */
struct halfwire_socket_record {
	struct halfwire_header header;
	struct halfwire_socket socket;
	struct halfwire_image image;
	struct halfwire_endpoint local;
	struct halfwire_endpoint remote;
	halfwire_u8 outbound;	  /* adopt */
	halfwire_u8 established;  /* closed */
	halfwire_u8 close_reason; /* closed */
	halfwire_u8 inferred;	  /* accept: the image is the first actor, not the opener */
	halfwire_u32 reserved;
};
_Static_assert(sizeof(struct halfwire_socket_record) == 112, "socket record layout");

/* One actor's cumulative counts on one socket; header.time_ns is the burst's last operation.
 * pid 0, start 0, exec id 0: the actors beyond the slots, together. */
struct halfwire_burst_record {
	struct halfwire_header header;
	struct halfwire_socket socket;
	struct halfwire_image image;
	halfwire_u64 first_ns;
	halfwire_u64 sent_bytes;
	halfwire_u64 received_bytes;
	halfwire_u64 sends;
	halfwire_u64 receives;
	halfwire_u8 kernel_thread;
	halfwire_u8 reserved[7];
};
_Static_assert(sizeof(struct halfwire_burst_record) == 104, "burst record layout");

#define HALFWIRE_MARK_KTLS 0x01
#define HALFWIRE_MARK_MPTCP 0x02
#define HALFWIRE_MARK_SOCKMAP 0x04
#define HALFWIRE_MARK_OOB 0x08
#define HALFWIRE_MARK_REPAIR 0x10

/* The kernel's own totals in the application's view: final, when the socket is gone; audit, when
 * they were found not to agree with what was charged while it lived. */
struct halfwire_final_record {
	struct halfwire_header header;
	struct halfwire_socket socket;
	halfwire_u64 written_bytes;
	halfwire_u64 read_bytes;
	halfwire_u64 unsent_bytes;
	halfwire_u64 unread_bytes;
	halfwire_u32 marks;
	halfwire_u32 lost_bursts; /* final: last records of its actors that the ring refused */
};
_Static_assert(sizeof(struct halfwire_final_record) == 72, "final record layout");

struct halfwire_fork_record {
	struct halfwire_header header;
	struct halfwire_image child;
	struct halfwire_image parent;
};
_Static_assert(sizeof(struct halfwire_fork_record) == 64, "fork record layout");

struct halfwire_exit_record {
	struct halfwire_header header;
	struct halfwire_image image;
};
_Static_assert(sizeof(struct halfwire_exit_record) == 40, "exit record layout");

#define HALFWIRE_PROCESS_FOUND 0x0001		/* running when first seen, no exec was seen */
#define HALFWIRE_PROCESS_PATH_TRUNCATED 0x0002	/* more path components than were walked */
#define HALFWIRE_PROCESS_PATH_UNREADABLE 0x0004 /* a name could not be read (lockdown) */
#define HALFWIRE_PROCESS_ARGV_TRUNCATED 0x0008
#define HALFWIRE_PROCESS_CWD_TRUNCATED 0x0010
#define HALFWIRE_PROCESS_CWD_UNREADABLE 0x0020
#define HALFWIRE_PROCESS_DIR_WRITABLE 0x0040 /* a parent directory a non-root user can write */
#define HALFWIRE_PROCESS_UNLINKED 0x0080     /* the executable has no name left (nlink 0) */
#define HALFWIRE_PROCESS_HAS_FILE 0x0100     /* the file_ fields below are set */
#define HALFWIRE_PROCESS_HAS_LOGINUID 0x0200
#define HALFWIRE_PROCESS_CGROUP_UNREADABLE 0x0400
#define HALFWIRE_PROCESS_ARGV_UNREADABLE 0x0800
#define HALFWIRE_PROCESS_MEMFD 0x1000
#define HALFWIRE_PROCESS_INTERPRETED 0x2000 /* the kernel found an interpreter for the file name */

enum halfwire_stream {
	HALFWIRE_STREAM_UNKNOWN = 0,
	HALFWIRE_STREAM_PIPE = 1,
	HALFWIRE_STREAM_TTY = 2,
	HALFWIRE_STREAM_FILE = 3,
	HALFWIRE_STREAM_SOCKET = 4,
	HALFWIRE_STREAM_NULL = 5,
};

#define HALFWIRE_COMM_BYTES 16
#define HALFWIRE_TTY_BYTES 16

/* A process image as the kernel knew it at exec. After the fixed part come, in this order and
 * each as long as its _bytes field says: the executable's path and the working directory as
 * NUL-ended components, innermost first ("sh", "bin", "usr"); the file name exec was called
 * with; the arguments, each NUL-ended; the cgroup's components, innermost first. */
struct halfwire_process_record {
	struct halfwire_header header;
	struct halfwire_image image;
	struct halfwire_image parent;
	halfwire_u64 cgroup_id;
	halfwire_u64 stdin_inode;
	halfwire_u64 stdout_inode;
	halfwire_u64 file_inode;
	halfwire_u64 file_mtime_ns; /* Unix nanoseconds */
	halfwire_u32 file_device;   /* major << 20 | minor, as the kernel keeps it */
	halfwire_u32 file_uid;
	halfwire_u32 file_mode;
	halfwire_u32 uid;
	halfwire_u32 loginuid;
	halfwire_u32 pgid;
	halfwire_u32 sid;
	halfwire_u32 flags;
	halfwire_u16 exe_bytes;
	halfwire_u16 cwd_bytes;
	halfwire_u16 filename_bytes;
	halfwire_u16 argv_bytes;
	halfwire_u16 cgroup_bytes;
	halfwire_u8 stdin_kind;	 /* enum halfwire_stream */
	halfwire_u8 stdout_kind; /* enum halfwire_stream */
	halfwire_u8 reserved[4];
	halfwire_u8 comm[HALFWIRE_COMM_BYTES];
	halfwire_u8 tty[HALFWIRE_TTY_BYTES];
};
_Static_assert(sizeof(struct halfwire_process_record) == 184, "process record layout");

#define HALFWIRE_SENT 0
#define HALFWIRE_RECEIVED 1

/* First payload bytes of one direction, one piece. data_bytes of them follow; the record may be
 * longer than that, and what lies beyond means nothing. */
struct halfwire_head_record {
	struct halfwire_header header;
	struct halfwire_socket socket;
	halfwire_u32 offset; /* of the piece in the stream */
	halfwire_u16 data_bytes;
	halfwire_u8 direction; /* HALFWIRE_SENT or HALFWIRE_RECEIVED */
	halfwire_u8 reserved;
};
_Static_assert(sizeof(struct halfwire_head_record) == 40, "head record layout");

#define HALFWIRE_HEAD_LIMIT_BYTES 2048
#define HALFWIRE_HEAD_LIMIT_PIECES 8

/* A UDP payload received from port 53, cut at the limit; it follows, as above. */
struct halfwire_dns_record {
	struct halfwire_header header;
	halfwire_u32 netns_inode; /* 0: the kernel does not tell (before 6.2) */
	halfwire_u16 data_bytes;
	halfwire_u16 reserved;
};
_Static_assert(sizeof(struct halfwire_dns_record) == 24, "dns record layout");

#define HALFWIRE_DNS_LIMIT_BYTES 512

/* This host answered a packet that belongs to no flow; local is where that packet went. */
struct halfwire_reset_record {
	struct halfwire_header header;
	halfwire_u32 netns_inode; /* 0: the kernel does not tell (before 6.2) */
	halfwire_u32 reserved;
	struct halfwire_endpoint local;
	struct halfwire_endpoint remote;
};
_Static_assert(sizeof(struct halfwire_reset_record) == 72, "reset record layout");

/* What the packet hooks copy; set once, before load. 0 switches a part off. */
struct halfwire_packet_knobs {
	halfwire_u32 sent_bytes; /* first bytes of a socket, at most the limit */
	halfwire_u32 received_bytes;
	halfwire_u32 answers_per_second;
	halfwire_u32 resets_per_second;
};
_Static_assert(sizeof(struct halfwire_packet_knobs) == 16, "packet knobs layout");

/* Per-CPU counters of the packet hooks. Bytes are UDP payload for udp and quic, and all that
 * follows the IP header for the others. */
struct halfwire_packet_counters {
	halfwire_u64 udp_bytes;
	halfwire_u64 quic_bytes;
	halfwire_u64 sctp_bytes;
	halfwire_u64 other_bytes;
	halfwire_u64 answers_capped; /* DNS answers beyond answers_per_second */
	halfwire_u64 resets_capped;  /* the same for resets */
};
_Static_assert(sizeof(struct halfwire_packet_counters) == 48, "packet counters layout");

/* Of sensor origin: lost records of one stage since the last such record. */
struct halfwire_lost_record {
	struct halfwire_header header;
	halfwire_u64 records;
	halfwire_u8 stage; /* 0 ring, 1 decode, 2 evicted, 3 export */
	halfwire_u8 reserved[7];
};
_Static_assert(sizeof(struct halfwire_lost_record) == 32, "lost record layout");

/* How the kernel side coalesces; set once, before load. */
struct halfwire_knobs {
	halfwire_u64 burst_gap_ns;	/* a longer silence ends a burst */
	halfwire_u64 flush_interval_ns; /* a longer burst is snapshot */
	halfwire_u64 flush_bytes;	/* a larger one too */
	halfwire_u64 ring_bytes;
	halfwire_u8 may_read_kernel; /* 0 under lockdown=confidentiality */
	halfwire_u8 has_twins;	     /* the hooks that charge are loaded twice (twins.h) */
	halfwire_u8 reserved[6];
};
_Static_assert(sizeof(struct halfwire_knobs) == 40, "knobs layout");

/* The sensor's own traffic, left out while it runs: its thread group, and the port it serves
 * metrics on. 0 excludes nothing. */
struct halfwire_exclusion {
	halfwire_u32 tgid;
	halfwire_u32 netns_inode;
	halfwire_u16 port;
	halfwire_u8 family; /* HALFWIRE_FAMILY_NONE: any local address */
	halfwire_u8 reserved[5];
	halfwire_u8 address[16];
};
_Static_assert(sizeof(struct halfwire_exclusion) == 32, "exclusion layout");

/* What the sensor is doing; user space changes it while the hooks run. */
struct halfwire_phase {
	halfwire_u32 is_seeding;  /* 1 until the sockets from before are found */
	halfwire_u32 is_detached; /* 1 when the hooks are gone: nothing is charged any more */
};
_Static_assert(sizeof(struct halfwire_phase) == 8, "phase layout");

/* Kinds that come through the ring are below this; counters are indexed by kind. */
#define HALFWIRE_RING_KINDS 16

/* Per-CPU counters of the kernel side; user space sums them. For every kind
 * attempted == delivered + lost, at any moment between two records. */
struct halfwire_counters {
	halfwire_u64 attempted[HALFWIRE_RING_KINDS];
	halfwire_u64 lost[HALFWIRE_RING_KINDS];
	halfwire_u64 bursts_opened;	  /* a slot began to owe a record: sweeping is due */
	halfwire_u64 bursts_left_open;	  /* a sweep met a slot and left it owing */
	halfwire_u64 storage_failed;	  /* sockets that got no state: unseen, not wrong */
	halfwire_u64 excluded_operations; /* the sensor's own */
	halfwire_u64 adopted_in_use;	  /* sockets from before that no search had seen */
	halfwire_u64 adoptions_waiting;	  /* found, and not told for want of room in the ring */
	halfwire_u64 bursts_waiting;	  /* silent, and not told for want of room in the ring */
};
_Static_assert(sizeof(struct halfwire_counters) == 312, "counters layout");

#endif
