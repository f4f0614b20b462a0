using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Tests.Component.Telemetry.Sampling;

public sealed class CriticalRouteOptionsTests
{
    [Theory]
    [InlineData("bad:Route", "(", "Rules:bad:Route")]
    [InlineData("bad:Event", "[", "Rules:bad:Event")]
    [InlineData("bad:Route", "x", "Rules:bad:Status", "bad:Status", "*")]
    [InlineData("bad:Route", "(?<=x)y", "Rules:bad:Route")]
    [InlineData("bad:Status", "200", "must have a Route or an Event")]
    [InlineData("bad name:Route", "x", "the name of a critical route must be")]
    public async Task Startup_fails_with_the_name_of_the_invalid_rule(
        string name, string value, string error, string? otherName = null, string? otherValue = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration[$"{CriticalRouteOptions.Section}:Rules:{name}"] = value;
        if (otherName is not null)
        {
            builder.Configuration[$"{CriticalRouteOptions.Section}:Rules:{otherName}"] = otherValue;
        }

        builder.AddCriticalRoutes();
        using var host = builder.Build();

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(error, exception.Message, StringComparison.Ordinal);
    }
}
