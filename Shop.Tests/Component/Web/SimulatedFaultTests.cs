using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Options;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

public sealed class SimulatedFaultTests
{
    [Fact]
    public async Task Share_of_the_requests_fails_with_problem_details_and_no_probe()
    {
        await using var service = await TestService.Build(
            environment: "Development", settings: ("Shop:SimulatedFaults:ErrorShare", "0.5")).StartAsync();

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 100; i++)
        {
            using var response = await service.Client.GetAsync("/echo");
            statuses.Add(response.StatusCode);
            Assert.Equal(
                response.IsSuccessStatusCode ? "application/json" : "application/problem+json",
                response.Content.Headers.ContentType!.MediaType);
            using var probe = await service.Client.GetAsync("/alive");
            Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
        }

        Assert.InRange(statuses.Count(status => status == HttpStatusCode.InternalServerError), 20, 80);
        Assert.InRange(statuses.Count(status => status == HttpStatusCode.OK), 20, 80);
    }

    [Fact]
    public async Task Request_waits_for_the_delay()
    {
        await using var service = await TestService.Build(
            environment: "Development", settings: ("Shop:SimulatedFaults:Delay", "00:00:00.300")).StartAsync();
        var elapsed = Stopwatch.StartNew();

        using var response = await service.Client.GetAsync("/echo");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(elapsed.Elapsed >= TimeSpan.FromMilliseconds(295), $"{elapsed.Elapsed}");
    }

    [Theory]
    [InlineData("Production", "ErrorShare", "0.1")]
    [InlineData("Production", "Delay", "00:00:01")]
    [InlineData("Development", "ErrorShare", "1.1")]
    [InlineData("Development", "Delay", "00:02:00")]
    public async Task Fault_that_is_not_valid_or_not_allowed_stops_the_start(string environment, string name, string value)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var service = await TestService.Build(
                environment: environment, settings: ($"Shop:SimulatedFaults:{name}", value)).StartAsync();
        });

        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }
}
