using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Insights.Events;
using Shop.Insights.Funnels.Blocks;

namespace Shop.Bench.Insights;

/// <summary>The events of many sessions on several days, which the server generates.</summary>
internal static class FunnelData
{
    /// <summary>The attributes of an event that have no columns.</summary>
    public const string Properties =
        """{"shop.critical_route": true, "shop.cart.id": "0f8fad5bd9cb469fa16570867728950e", "shop.item.quantity": 1}""";

    /// <summary>The number of days on which sessions begin.</summary>
    public const int Days = 7;

    /// <summary>The number of events of a session, on average: 1 to 19.</summary>
    public const int EventsPerSession = 10;

    // As many as the machine of the results has.
    private const int Loaders = 2;

    // The sessions begin at equal distances. Their steps depend on a hash of their number: a fifth of them begin with a product, before the
    // view of its page, and fewer reach each next step. 2% are programs.
    private const string Insert =
        """
        INSERT INTO events (time, event_id, sequence, position, name, service, session_id, journey_id, request_id, trace_id, span_id,
            segment, experiment, variant, source, device, synthetic, page_path, page_from, sku, order_id, properties)
        SELECT to_timestamp(e.ms / 1000.0),
            (lpad(to_hex(e.ms), 12, '0') || '7' || substr(e.id, 1, 3) || '8' || substr(e.id, 4, 15))::uuid,
            e.sequence, (e.ms << 22) | (e.sequence & 4194303), e.name,
            CASE WHEN e.name LIKE 'cart.%' THEN 'cart' WHEN e.name LIKE 'payment.%' THEN 'orders'
                WHEN e.name LIKE 'product.%' THEN 'catalog' ELSE 'storefront' END,
            s.session, s.journey, e.id, e.id, substr(e.id, 1, 16), s.segment, 'checkout', s.variant,
            CASE WHEN e.name = 'page.viewed' THEN s.source END, CASE WHEN e.name = 'page.viewed' THEN s.device END, s.random % 50 = 49,
            CASE WHEN e.name = 'product.viewed' THEN '/products/:sku' ELSE '/products' END, '/',
            CASE WHEN e.name LIKE 'product.%' OR e.name LIKE 'cart.line%' THEN 'BAG-0101' END,
            CASE WHEN e.name LIKE 'checkout.%' OR e.name LIKE 'payment.%' THEN substr(s.journey, 1, 26) END, $4::jsonb
        FROM (
            SELECT n, random, md5(n::text) AS session, md5('journey' || n) AS journey,
                extract(epoch FROM $1)::bigint * 1000 + (n - $2) * 86400000 / $3 AS start,
                (ARRAY['new', 'new', 'new', 'returning', 'returning', 'member'])[1 + random % 6] AS segment,
                (ARRAY['one_step', 'two_steps'])[1 + random % 2] AS variant,
                (ARRAY['direct', 'direct', 'newsletter', 'www.example.com'])[1 + random % 4] AS source,
                (ARRAY['desktop', 'mobile'])[1 + random % 2] AS device
            FROM (SELECT n, hashint8(n)::bigint & 2147483647 AS random FROM generate_series($2, $2 + $3 - 1) n) r) s
        CROSS JOIN LATERAL (
            SELECT n * 32 + i AS sequence, md5(n || '-' || i) AS id, start + i * (2000 + random % 40000) + random % 977 AS ms,
                CASE
                    WHEN i = 0 AND random % 5 = 0 THEN 'product.viewed'
                    WHEN i = 0 OR i = 1 AND random % 5 = 0 THEN 'page.viewed'
                    WHEN i = 2 AND random % 100 < 55 THEN 'product.viewed'
                    WHEN i = 4 AND random % 100 < 22 THEN 'cart.line_added'
                    WHEN i = 6 AND random % 100 < 9 THEN 'checkout.submitted'
                    WHEN i = 7 AND random % 100 < 7 THEN 'payment.accepted'
                    WHEN i % 4 = 1 THEN 'browser.web_vital'
                    WHEN i % 4 = 3 THEN 'page.left'
                    WHEN i % 8 = 6 AND random % 100 < 55 THEN 'product.viewed'
                    ELSE 'page.viewed'
                END AS name
            FROM generate_series(0, n % 19) i) e
        """;

    // Without the log of the server, which it needs only after a crash, and with the indexes at the end: the load is faster.
    private const string Prepare =
        """
        CREATE TABLE definitions AS
            SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS text
            FROM pg_index WHERE indrelid = 'events'::regclass AND NOT indisprimary
            UNION ALL
            SELECT 'ALTER TABLE events ADD ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid = 'events'::regclass AND contype = 'p';
        DO $$
        DECLARE statement text;
        BEGIN
            FOR statement IN
                SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index WHERE indrelid = 'events'::regclass AND NOT indisprimary
                UNION ALL SELECT 'ALTER TABLE events DROP CONSTRAINT ' || conname FROM pg_constraint
                    WHERE conrelid = 'events'::regclass AND contype = 'p'
                UNION ALL SELECT 'ALTER TABLE ' || inhrelid::regclass || ' SET UNLOGGED'
                    FROM pg_inherits WHERE inhparent = 'events'::regclass
            LOOP EXECUTE statement; END LOOP;
        END $$;
        """;

    private const string Complete =
        """
        SET maintenance_work_mem = '512MB';
        DO $$
        DECLARE statement text;
        BEGIN
            FOR statement IN SELECT text FROM definitions LOOP EXECUTE statement; END LOOP;
        END $$;
        """;

    /// <summary>Stores the events of a number of sessions, from the first day on.</summary>
    public static async Task LoadAsync(InsightsDatabase database, DateTimeOffset first, int sessions, CancellationToken cancellationToken)
    {
        await using (var connection = await database.Connections.OpenConnectionAsync(cancellationToken))
        {
            // The last sessions end on the day after the last one.
            await database.Services.GetRequiredService<EventPartitions>().CreateAsync(
                connection, Enumerable.Range(0, Days + 1).Select(day => EventPartitions.GetDay(first.AddDays(day))), cancellationToken);
        }

        await database.RunAsync(Prepare, cancellationToken);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Days),
            new ParallelOptions { MaxDegreeOfParallelism = Loaders, CancellationToken = cancellationToken },
            async (day, token) =>
            {
                var (start, end) = ((long)sessions * day / Days, (long)sessions * (day + 1) / Days);
                await using var insert = database.Connections.CreateCommand(Insert);
                insert.Parameters.AddRange((NpgsqlParameter[])
                    [
                        new() { Value = first.AddDays(day).UtcDateTime }, new() { Value = start }, new() { Value = end - start },
                        new() { Value = Properties },
                    ]);
                await insert.ExecuteNonQueryAsync(token);
            });
        await database.RunAsync(Complete, cancellationToken);
        // As autovacuum does after a while. The checkpoint is then not part of the restart.
        await database.RunAsync("VACUUM (ANALYZE) events", cancellationToken);
        // As the service does when events arrive, and when an hour has ended.
        await database.RunAsync(
            """
            INSERT INTO event_counts (hour, service, name, count)
            SELECT date_trunc('hour', time, 'UTC'), service, name, count(*) FROM events GROUP BY 1, 2, 3
            """,
            cancellationToken);
        await database.Services.GetRequiredService<SessionBlockStore>().UpdateAsync(cancellationToken);
        await database.RunAsync("CHECKPOINT", cancellationToken);
    }
}
