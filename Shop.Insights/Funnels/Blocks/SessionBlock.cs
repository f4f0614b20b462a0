using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Npgsql;

namespace Shop.Insights.Funnels.Blocks;

/// <summary>
/// The events of the sessions of an hour as arrays of numbers, in which a funnel reads millions of events in a fraction of the time that
/// rows take. The events of a session follow each other, in their order. Numbers are big-endian, as PostgreSQL sends them.
/// </summary>
/// <param name="hour">The hour.</param>
/// <param name="names">The names of events.</param>
/// <param name="sessions">The MD5 of each session id: 16 bytes.</param>
/// <param name="counts">The number of events of each session: 4 bytes.</param>
/// <param name="codes">Of each event, twice the index of its name, and one more if a program caused it: 2 bytes.</param>
/// <param name="times">Of each event, the milliseconds since the hour: 4 bytes.</param>
internal sealed class SessionBlock(DateTimeOffset hour, string[] names, byte[] sessions, byte[] counts, byte[] codes, byte[] times)
{
    /// <summary>The time of a block.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(1);

    private const int SessionLength = 16;

    /// <summary>
    /// The query that creates the block of the hour <c>$1</c>, whose milliseconds since 1970 are <c>$2</c>, and counts its events, also
    /// those without a session.
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
            (SELECT count(*) FROM events WHERE time >= $1 AND time < $1 + interval '1 hour') AS events,
            coalesce((SELECT array_agg(name::text ORDER BY code) FROM coded), ARRAY[]::text[]) AS names,
            coalesce(string_agg(decode(md5(session_id), 'hex'), ''::bytea ORDER BY session_id), ''::bytea) AS sessions,
            coalesce(string_agg(int4send(count), ''::bytea ORDER BY session_id), ''::bytea) AS counts,
            coalesce(string_agg(codes, ''::bytea ORDER BY session_id), ''::bytea) AS codes,
            coalesce(string_agg(times, ''::bytea ORDER BY session_id), ''::bytea) AS times
        FROM grouped
        """;

    /// <summary>Gets the names of events.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Gets the number of sessions.</summary>
    public int Sessions => sessions.Length / SessionLength;

    /// <summary>Gets the hour, in milliseconds since 1970-01-01 UTC.</summary>
    public long Start { get; } = hour.ToUnixTimeMilliseconds();

    /// <summary>Reads a block from a row with the columns hour, names, sessions, counts, codes and times.</summary>
    public static SessionBlock Read(NpgsqlDataReader reader) => new(
        new DateTimeOffset(reader.GetDateTime(reader.GetOrdinal("hour")), TimeSpan.Zero),
        reader.GetFieldValue<string[]>(reader.GetOrdinal("names")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("sessions")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("counts")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("codes")),
        reader.GetFieldValue<byte[]>(reader.GetOrdinal("times")));

    /// <summary>Returns what identifies a session.</summary>
    public UInt128 GetSession(int index) => MemoryMarshal.Read<UInt128>(sessions.AsSpan(index * SessionLength));

    /// <summary>Returns the number of events of a session.</summary>
    public int GetCount(int index) => BinaryPrimitives.ReadInt32BigEndian(counts.AsSpan(index * sizeof(int)));

    /// <summary>Returns the index of the name of an event, and whether a program caused it.</summary>
    public (int Name, bool IsSynthetic) GetCode(int index)
    {
        var code = BinaryPrimitives.ReadInt16BigEndian(codes.AsSpan(index * sizeof(short)));
        return (code >> 1, (code & 1) == 1);
    }

    /// <summary>Returns the time of an event, in milliseconds since 1970-01-01 UTC.</summary>
    public long GetTime(int index) => Start + BinaryPrimitives.ReadInt32BigEndian(times.AsSpan(index * sizeof(int)));
}
