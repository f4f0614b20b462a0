using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shop.AppHost.Infrastructure;

namespace Shop.Tests.Unit.AppHost;

public sealed class StartupSummaryTests
{
    [Theory]
    [InlineData(null, null, "has not been created.")]
    [InlineData("Starting", null, "is in the state Starting.")]
    [InlineData("Waiting", null, "is in the state Waiting.")]
    [InlineData("Running", null, null)]
    [InlineData("Running", HealthStatus.Healthy, null)]
    [InlineData("Running", HealthStatus.Unhealthy, "is unhealthy: password authentication failed")]
    [InlineData("NotStarted", null, null)] // On request only.
    [InlineData("FailedToStart", null, null)] // Printed with the last lines of its log.
    public void Resource_that_is_not_ready_is_printed_with_the_reason(string? state, HealthStatus? health, string? expected)
    {
        HealthReportSnapshot[] reports =
            health is null ? [] : [new("check", health, "password authentication failed", "PostgresException: password\n   at ...")];

        Assert.Equal(expected, StartupSummary.GetReason(state, reports));
    }
}
