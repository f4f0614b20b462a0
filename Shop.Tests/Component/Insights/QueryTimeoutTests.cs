using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Insights;

/// <summary>The time that questions may take.</summary>
public sealed class QueryTimeoutTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    [Theory]
    [InlineData("/api/v1/funnel")]
    [InlineData("/api/v1/critical-route-candidates")]
    [InlineData("/funnel")]
    public async Task Question_may_take_longer_than_other_requests(string address)
    {
        // A database that accepts connections and never answers. The client waits for 3 seconds.
        using var database = new TcpListener(IPAddress.Loopback, 0);
        database.Start();
        var port = ((IPEndPoint)database.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using var insights = InProcessService.Start(
            "insights",
            settings:
            [
                ("Shop:RequestLimits:Timeout", "00:00:01"),
                ("ConnectionStrings:insightsdb", $"Host=127.0.0.1;Port={port};Username=u;Database=d;Timeout=3"),
                .. BearerTokens.Settings(_signingKey),
            ]);
        insights.Client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", BearerTokens.Create(_signingKey, "staff"));
        var watch = Stopwatch.StartNew();

        using var response = await insights.Client.GetAsync(address);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(2), $"The request ended after {watch.Elapsed}.");
    }
}
