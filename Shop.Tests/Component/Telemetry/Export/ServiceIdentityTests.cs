using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

[Collection(TracingTestGroup.Name)]
public sealed class ServiceIdentityTests
{
    [Fact]
    public async Task All_signals_have_the_namespace_name_and_environment_of_the_service()
    {
        await using var service = TestService.Build();
        BaseProvider[] providers =
        [
            service.Services.GetRequiredService<TracerProvider>(),
            service.Services.GetRequiredService<MeterProvider>(),
            service.Services.GetRequiredService<LoggerProvider>(),
        ];

        Assert.All(providers, provider =>
        {
            var resource = provider.GetResource().Attributes.ToDictionary();
            Assert.Equal("shop", resource["service.namespace"]);
            Assert.Equal("test", resource["service.name"]);
            Assert.Equal("production", resource["deployment.environment.name"]);
        });
    }
}
