using Shop.Insights.Events;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>Something for each page of Insights: lost visits in an experiment, a failed call, a redirect, alerts and days.</summary>
internal static class InsightsSample
{
    /// <summary>Stores the sample.</summary>
    /// <param name="database">The database.</param>
    /// <param name="start">When the visits begin.</param>
    public static async Task StoreAsync(InsightsDatabase database, DateTimeOffset start)
    {
        StoredEvent[] events =
        [
            .. ((string[])["s1", "s2"]).SelectMany(session => (StoredEvent[])
            [
                TestEvents.Page(start, session, "/") with { Segment = "new", Source = session == "s1" ? "newsletter" : "direct" },
                TestEvents.Create(start.AddSeconds(1), "product.viewed", session, "/products/:sku"),
                TestEvents.Create(
                    start.AddSeconds(2), "feature_flag.evaluation", session, null,
                    ("feature_flag.key", "checkout"), ("feature_flag.result.variant", "two_steps")) with
                {
                    Experiment = "checkout", Variant = "two_steps",
                },
                TestEvents.Create(start.AddSeconds(3), "cart.line_added", session),
            ]),
            TestEvents.Redirect(start.AddSeconds(4), "s1", "/login", "/sso/:rest", referrer: "/cart"),
            // Without its ids.
            TestEvents.Create(start, "order.confirmed") with { TraceId = null },
        ];
        await database.Store.StoreAsync(events, CancellationToken.None);
        var request = TestSpan.Create(start.AddSeconds(5), "storefront", SpanKind.Server) with { SessionId = "s1" };
        var call = TestSpan.Create(start.AddSeconds(5), "storefront", SpanKind.Client, request) with
        {
            SessionId = "s1",
            HttpStatus = 504,
            Failed = true,
        };
        await database.Spans.StoreAsync(
            [request, call.Calls("service", "localhost:1"), TestSpan.Create(start.AddSeconds(5), "catalog", SpanKind.Server, call)],
            CancellationToken.None);
        await database.RunAsync(
            """
            INSERT INTO alerts VALUES
                (gen_random_uuid(), 'unusual_rate', '/login to /sso/:rest', 'firing', 'warning', 'Too many redirects', '12 in a minute',
                    10, 5, '1 minute', 12, 14, now(), now(), NULL, ARRAY[repeat('a', 32)]),
                (gen_random_uuid(), 'unusual_rate', '/cart to 401', 'resolved', 'critical', 'Too many refusals', '12 in a minute',
                    10, 5, '1 minute', 4, 14, now() - interval '9 minutes', now() - interval '8 minutes',
                    now() - interval '7 minutes', '{}');
            INSERT INTO day_comparisons VALUES
                (current_date - 1, now(), 3, 2, 1, 0.5, '[]'), (current_date, now(), 3, 3, 0, 0.5, '[]');
            """);
    }
}
