"""What iperf3 must say, whatever the machine's speed: it is given an amount to move and not a time, and must come to its
end. What a slow machine changes is how long that takes."""

# iperf3's end cuts off what is still in the sockets' buffers, which -w keeps small: so more is sent than must come.
TCP_BYTES = 1_500_000
DATAGRAMS = 300
LIMIT_S = 240  # of wall clock, where a run takes 1 to 3 s: a connection that stalls does not come to its end

TCP = ("-n", "2000000", "-w", "64K")


def udp(payload):
    """DATAGRAMS of so many bytes, 170 a second: the queues between two programs of a busy machine hold a second and more."""
    return ("-u", "-b", str(170 * 8 * payload), "-l", str(payload), "-n", str(DATAGRAMS * payload))


def expect_tcp(answer, what=""):
    """TCP_BYTES came, and few of them twice: where full packets, or many of them, get lost, TCP says each again and again."""
    assert "error" not in answer, f"{what}: {answer['error']}"
    sent, received = answer["end"]["sum_sent"], answer["end"]["sum_received"]
    assert received["bytes"] >= TCP_BYTES, f"{what}: {received}"
    segments = sent["bytes"] // 1300
    assert sent["retransmits"] < segments / 4, f"{what}: {sent['retransmits']} retransmissions, of about {segments} segments"


def expect_udp(answer, what=""):
    """Returns how many datagrams came: none twice, none out of order, and not fewer than half of them."""
    assert "error" not in answer, f"{what}: {answer['error']}"
    end = answer["end"]["sum"]
    assert end["packets"] >= DATAGRAMS - 1, f"{what}: {end}"  # the last one may be the end's
    assert sum(s["udp"]["out_of_order"] for s in answer["end"]["streams"]) == 0, f"{what}: {answer['end']['streams']}"
    came = end["packets"] - end["lost_packets"]
    assert came > DATAGRAMS / 2, f"{what}: {came} of {end['packets']}"
    return came


def expect(answer, words, what=""):
    return expect_udp(answer, what) if "-u" in words else expect_tcp(answer, what)
