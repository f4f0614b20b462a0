using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Npgsql;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>
/// The events of the sessions of an hour as arrays of numbers, in which a funnel reads millions of events in a fraction of the time that
/// rows take. The events of a session follow each other, in their order.
/// </summary>
/// <remarks>
/// The row of a block has the columns <c>sessions</c>, the MD5 of each session id (16 bytes); <c>counts</c>, the number of events of each
/// session (4 bytes); and of each event <c>codes</c>, twice the index of its name, and one more if a program caused it (2 bytes), and
/// <c>times</c>, the milliseconds since the hour (4 bytes). Numbers are big-endian, as PostgreSQL sends them.
/// </remarks>
internal sealed class SessionBlock
{
    /// <summary>The time of a block.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(1);

    /// <summary>
    /// The query that creates the block of the hour <c>$1</c>, whose milliseconds since 1970 are <c>$2</c>, with the number of events that
    /// <c>event_counts</c> has at the same time.
    /// </summary>
    public const string Create =
        """
        WITH scoped AS (
            SELECT session_id, position, name, synthetic FROM events
            WHERE time >= $1 AND time < $1 + interval '1 hour' AND session_id IS NOT NULL),
        coded AS (
            SELECT name, row_number() OVER (ORDER BY name) - 1 AS code FROM (SELECT DISTINCT name FROM scoped) n),
        grouped AS (
            SELECT s.session_id, count(*)::int AS count,
                string_agg(int2send((2 * c.code + s.synthetic::int)::int2), ''::bytea ORDER BY s.position) AS codes,
                string_agg(int4send(((s.position >> 22) - $2)::int), ''::bytea ORDER BY s.position) AS times
            FROM scoped s JOIN coded c ON c.name = s.name
            GROUP BY s.session_id)
        SELECT $1 AS hour,
            (SELECT coalesce(sum(count), 0)::bigint FROM event_counts WHERE hour = $1) AS events,
            coalesce((SELECT array_agg(name::text ORDER BY code) FROM coded), ARRAY[]::text[]) AS names,
            coalesce(string_agg(decode(md5(session_id), 'hex'), ''::bytea ORDER BY session_id), ''::bytea) AS sessions,
            coalesce(string_agg(int4send(count), ''::bytea ORDER BY session_id), ''::bytea) AS counts,
            coalesce(string_agg(codes, ''::bytea ORDER BY session_id), ''::bytea) AS codes,
            coalesce(string_agg(times, ''::bytea ORDER BY session_id), ''::bytea) AS times
        FROM grouped
        """;

    /// <summary>
    /// The number of groups of sessions. A session is in the group of the first byte of its MD5, in every block, so that each group of a
    /// range can be computed on its own.
    /// </summary>
    public const int Groups = 256;

    private const int SessionLength = 16;

    // In the order of their groups, and so are the events: a group is read from one place in memory.
    private readonly SessionId[] _sessions;
    private readonly short[] _codes;
    private readonly int[] _times;

    // The first event of each session, and the number of events.
    private readonly int[] _starts;

    // The first session of each group, and the number of sessions.
    private readonly int[] _groups = new int[Groups + 1];

    private SessionBlock(DateTime hour, string[] names, byte[] sessions, byte[] counts, byte[] codes, byte[] times)
    {
        Names = names;
        Start = new DateTimeOffset(hour, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var length = sessions.Length / SessionLength;
        for (var session = 0; session < length; session++)
        {
            _groups[sessions[session * SessionLength] + 1]++;
        }

        for (var group = 0; group < Groups; group++)
        {
            _groups[group + 1] += _groups[group];
        }

        var (next, start) = (_groups.ToArray(), 0);
        _sessions = new SessionId[length];
        var ranges = new (int Start, int Count)[length];
        for (var session = 0; session < length; session++)
        {
            var id = sessions.AsSpan(session * SessionLength, SessionLength);
            var count = BinaryPrimitives.ReadInt32BigEndian(counts.AsSpan(session * sizeof(int)));
            var index = next[id[0]]++;
            (_sessions[index], ranges[index]) = (MemoryMarshal.Read<SessionId>(id), (start, count));
            start += count;
        }

        (_starts, _codes, _times) = (new int[length + 1], new short[start], new int[start]);
        var allCodes = MemoryMarshal.Cast<byte, short>(codes);
        var allTimes = MemoryMarshal.Cast<byte, int>(times);
        for (var session = 0; session < length; session++)
        {
            var (from, count) = ranges[session];
            var to = _starts[session];
            BinaryPrimitives.ReverseEndianness(allCodes.Slice(from, count), _codes.AsSpan(to));
            BinaryPrimitives.ReverseEndianness(allTimes.Slice(from, count), _times.AsSpan(to));
            _starts[session + 1] = to + count;
        }
    }

    /// <summary>Gets the names of events.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Gets the hour, in milliseconds since 1970-01-01 UTC.</summary>
    public long Start { get; }

    /// <summary>Gets the memory that the numbers of the block take, in bytes.</summary>
    public long Size =>
        (_sessions.Length * (SessionLength + (long)sizeof(int))) + (_times.Length * (long)(sizeof(int) + sizeof(short)))
        + ((Groups + 1) * sizeof(int));

    /// <summary>Reads a block from a row with the columns hour, names, sessions, counts, codes and times.</summary>
    public static SessionBlock Read(NpgsqlDataReader reader) => new(
        reader.GetDateTime(reader.GetOrdinal("hour")),
        reader.GetFieldValue<string[]>(reader.GetOrdinal("names")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("sessions")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("counts")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("codes")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("times")));

    /// <summary>Returns the first session of a group, and the one after its last.</summary>
    public (int Start, int End) GetGroup(int group) => (_groups[group], _groups[group + 1]);

    /// <summary>Returns what identifies a session.</summary>
    public SessionId GetSession(int index) => _sessions[index];

    /// <summary>
    /// Returns of each event of a session twice the index of its name, and one more if a program caused it.
    /// </summary>
    public ReadOnlySpan<short> GetCodes(int session) => _codes.AsSpan(_starts[session].._starts[session + 1]);

    /// <summary>Returns the time of each event of a session, in milliseconds since <see cref="Start"/>.</summary>
    public ReadOnlySpan<int> GetTimes(int session) => _times.AsSpan(_starts[session].._starts[session + 1]);
}

/// <summary>The MD5 of a session id.</summary>
/// <param name="First">The first 8 bytes.</param>
/// <param name="Last">The last 8 bytes.</param>
internal readonly record struct SessionId(ulong First, ulong Last)
{
    // Any bytes of an MD5 are a hash.
    public override int GetHashCode() => (int)Last;
}
