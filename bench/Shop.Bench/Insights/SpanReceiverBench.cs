using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Npgsql;
using Shop.Bench.Application;
using Shop.Bench.Measurement;
using Shop.Telemetry.Propagation;

namespace Shop.Bench.Insights;

/// <summary>Spans that Insights receives over OTLP and stores, per second of its processor time.</summary>
internal static class SpanReceiverBench
{
    private const int Clients = 2;
    private const int Bodies = 200;
    private const double MinPerCore = 20_000;

    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(Report report, ShopApplication shop, int turns, CancellationToken cancellationToken)
    {
        var address = $"{shop.GetAddresses("insights", "http").Single()}/v1/traces";
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add(ServiceKey.HeaderName, shop.ServiceKey);
        await using var database = NpgsqlDataSource.Create(await shop.GetConnectionStringAsync("insightsdb"));
        var stored = 0L;
        var turnsOf = new Dictionary<bool, List<Turn>> { [false] = [], [true] = [] };
        for (var turn = 0; turn <= turns; turn++)
        {
            foreach (var (gzip, measured) in turnsOf)
            {
                // Spans that were stored before would not be stored again.
                var bodies = SpanBodies.Create(Bodies, gzip);
                var cpu = new CpuUsage(shop.Processes);
                var start = Stopwatch.GetTimestamp();
                await ClosedLoop.RunAsync(
                    Clients, TimeSpan.MaxValue, number => SendAsync(bodies[number], gzip), Bodies, cancellationToken);
                stored += Bodies * SpanBodies.SpansPerBody;
                await WaitUntilStoredAsync();
                // The first turn warms up.
                if (turn > 0)
                {
                    measured.Add(new(Stopwatch.GetElapsedTime(start).TotalSeconds, bodies.Average(body => body.Length), cpu.GetUsed()));
                }
            }
        }

        report.AddSection("Receiving spans");
        report.AddParagraph($"""
            {Clients} clients send the requests of an OpenTelemetry exporter, with {SpanBodies.SpansPerBody} spans each, to /v1/traces and
            repeat those that are refused while the queue is full. A turn has {Bodies * SpanBodies.SpansPerBody:N0} spans and ends when all
            are stored. Medians of {turns} alternating turns. The processor time is that of the process of Insights: it receives, decodes
            and stores the spans, and counts their calls.
            """);
        report.AddTable(
            "encoding", "bytes per request", "spans/s per core of Insights", "lowest", "highest", "spans/s", "processors used by Insights",
            "by Postgres");
        foreach (var (gzip, measured) in turnsOf)
        {
            var perCore = measured.ConvertAll(turn => Spans / turn.GetCpu("insights"));
            report.AddRow(
                gzip ? "protobuf, gzip" : "protobuf", Number(measured.Average(turn => turn.BodySize)), Number(Median.Of(perCore)),
                Number(perCore.Min()), Number(perCore.Max()), Number(Median.Of(measured.Select(turn => Spans / turn.Seconds))),
                Processors("insights"), Processors("postgres"));
            report.AddTarget(
                $"Spans per second and core of Insights, {(gzip ? "with gzip" : "without compression")}", "at least 20,000",
                $"{Median.Of(perCore):N0}", Median.Of(perCore) >= MinPerCore);

            string Processors(string process) =>
                Median.Of(measured.Select(turn => turn.GetCpu(process) / turn.Seconds)).ToString("0.00", CultureInfo.InvariantCulture);
        }

        async Task SendAsync(byte[] body, bool gzip)
        {
            while (true)
            {
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
                if (gzip)
                {
                    content.Headers.ContentEncoding.Add("gzip");
                }

                using var response = await http.PostAsync(address, content, cancellationToken);
                if (response.StatusCode is not HttpStatusCode.ServiceUnavailable)
                {
                    response.EnsureSuccessStatusCode();
                    return;
                }

                await Task.Delay(_retryDelay, cancellationToken);
            }
        }

        async Task WaitUntilStoredAsync()
        {
            await using var count = database.CreateCommand($"SELECT count(*) FROM spans WHERE service = '{SpanBodies.Service}'");
            while ((long)(await count.ExecuteScalarAsync(cancellationToken))! < stored)
            {
                await Task.Delay(_pollInterval, cancellationToken);
            }
        }
    }

    private static double Spans => Bodies * SpanBodies.SpansPerBody;

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Turn(double Seconds, double BodySize, IReadOnlyList<CpuTime> Cpu)
    {
        public double GetCpu(string process) => Cpu.Single(cpu => cpu.Process == process).Seconds;
    }
}
