using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Shop.Bench.Application;
using Shop.Visitors.Comparison;
using Shop.Visitors.Plans;
using Shop.Visitors.Truth;
using Shop.Visitors.Walking;

namespace Shop.Bench.Insights;

/// <summary>
/// Compares all figures of Insights with what simulated visitors did, with all their faults: in a run without a disturbance, while a
/// process is killed, with two replicas, and with events that arrive a day late.
/// </summary>
internal static class VisitorProof
{
    private const string Plain = "plain";
    private const string Replicas = "replicas";
    private const string Late = "late";

    private static readonly string[] _killed = ["insights", "rabbitmq", "postgres"];
    private static readonly string[] _runs = [Plain, .. _killed, Replicas, Late];
    private static readonly TimeSpan _thinkingTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _outage = TimeSpan.FromSeconds(10);

    // Events that waited at the broker, and orders that did.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var (visits, rate) = (arguments.GetInt32("visits", 2000), arguments.GetInt32("rate", 240));
        var runs = arguments.GetString("runs", string.Join(',', _runs)).Split(',');
        if (runs.Except(_runs).FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"--runs has an unknown run: {unknown}.");
        }

        var page = new VisitorProofPage(arguments);
        foreach (var run in runs)
        {
            page.Set(await RunAsync(run, visits, rate, cancellationToken));
        }
    }

    private static async Task<VisitorProofResult> RunAsync(string run, int visits, int rate, CancellationToken cancellationToken)
    {
        await using var shop = await ShopApplication.StartAsync(
            1,
            new Dictionary<string, string>
            {
                ["SyntheticVisitors__Enabled"] = "true",
                ["Identity__AttemptsPerMinute"] = "1000000",
                // The comparison takes place after the last visit.
                ["Identity__AccessTokenLifetime"] = "04:00:00",
            },
            cancellationToken,
            configure: service => service.WithReplicas(run == Replicas && service.Resource.Name == "insights" ? 2 : 1),
            environmentName: "Development");
        var token = await RequestTokenAsync(shop, cancellationToken);
        using var insights = CreateClient(shop.GetAddresses("insights", "http")[^1], token);
        await FillStockAsync(shop, token, cancellationToken);
        if (run == Late)
        {
            await shop.StopAsync("insights", cancellationToken);
        }

        var truth = await VisitAsync(shop, run, visits, rate, cancellationToken);
        if (run == Late)
        {
            truth = await LateEvents.DelayAsync(await shop.GetConnectionStringAsync("rabbitmq"), truth, cancellationToken);
            await shop.StartAsync("insights", cancellationToken);
        }

        var comparison = new InsightsComparison(insights, truth, hasSpans: run != Late);
        var differences = await comparison.CompareAsync(_timeout, cancellationToken);
        var sessions = await new SessionComparison(insights, truth).CompareAsync(_timeout, cancellationToken);
        foreach (var difference in differences.Concat(sessions))
        {
            Console.Error.WriteLine($"{run}: {difference}");
        }

        return new(
            run, truth.Visits, truth.Failures.Select(failure => failure.Visit).Distinct().Count(), truth.Sessions.Count, sessions.Count,
            comparison.Compared, differences.Count);
    }

    private static async Task<RunTruth> VisitAsync(
        ShopApplication shop, string run, int visits, int rate, CancellationToken cancellationToken)
    {
        var plan = new RunPlan(Seed: 2026, rate, RunPlan.AllFaults);
        using var visitors = new VisitorRun(new Uri(shop.GetAddresses("storefront", "http")[0]), plan, _thinkingTime);
        var (startedAt, made, disturbance) = (DateTimeOffset.UtcNow, new List<VisitTruth>(), Task.CompletedTask);
        await visitors.RunAsync(visits, Add, cancellationToken);
        await disturbance;
        return RunTruth.Create(plan.Seed, startedAt, DateTimeOffset.UtcNow, made);

        void Add(VisitTruth visit)
        {
            made.Add(visit);
            if (made.Count == visits / 3 && _killed.Contains(run))
            {
                disturbance = KillAsync(shop, run, cancellationToken);
            }
        }
    }

    private static async Task KillAsync(ShopApplication shop, string resource, CancellationToken cancellationToken)
    {
        await shop.KillAsync(resource, cancellationToken);
        await Task.Delay(_outage, cancellationToken);
        await shop.StartAsync(resource, cancellationToken);
    }

    // As the command in docs/sign-in.md does.
    private static async Task<string> RequestTokenAsync(ShopApplication shop, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new(shop.GetAddresses("storefront", "http")[0]) };
        while (true)
        {
            using var response = await http.PostAsync(
                "/sso/token",
                new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "shop-tools",
                    ["client_secret"] = shop.GetSetting("Parameters:shop-tools-secret"),
                    ["scope"] = "staff",
                }),
                cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return (await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("access_token").GetString()!;
            }

            // Identity is still starting.
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }

    // Enough of every product: a visitor who finds none would not do what is planned.
    private static async Task FillStockAsync(ShopApplication shop, string token, CancellationToken cancellationToken)
    {
        using var catalog = CreateClient(shop.GetAddresses("catalog", "http")[0], token);
        var page = await catalog.GetFromJsonAsync<JsonElement>("/api/v1/products?limit=24", cancellationToken);
        foreach (var product in page.GetProperty("items").EnumerateArray())
        {
            for (var delivery = 0; delivery < 5; delivery++)
            {
                using var request = new HttpRequestMessage(
                    HttpMethod.Post, $"/api/v1/admin/products/{product.GetProperty("sku").GetString()}/stock/adjustments")
                {
                    Headers = { { "Idempotency-Key", Guid.NewGuid().ToString("n") } },
                    Content = JsonContent.Create(new { delta = 1000, reason = "counted" }),
                };
                using var response = await catalog.SendAsync(request, cancellationToken);
                response.EnsureSuccessStatusCode();
            }
        }
    }

    private static HttpClient CreateClient(string address, string token) => new()
    {
        BaseAddress = new(address),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };
}

/// <summary>How many sessions and figures of a run were compared, and how many of them differ.</summary>
internal sealed record VisitorProofResult(
    string Run, int Visits, int FailedVisits, int Sessions, int DifferentSessions, int Figures, int DifferentFigures)
{
    /// <summary>Returns the cells of the result page.</summary>
    public IEnumerable<string> GetCells() =>
        new[] { Visits, FailedVisits, Sessions, DifferentSessions, Figures, DifferentFigures }
            .Select(number => number.ToString(CultureInfo.InvariantCulture))
            .Prepend(Run);
}
