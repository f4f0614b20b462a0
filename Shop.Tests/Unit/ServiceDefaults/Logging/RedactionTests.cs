using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Telemetry;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Logging;

public class RedactionTests
{
    private const string Marker = "ada-lovelace-4711";

    public static TheoryData<string> Holders =>
    [
        .. typeof(Recipient).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<PersonalDataAttribute>() is not null || type.Namespace == typeof(CheckoutSubmitted).Namespace)
            .Select(type => type.FullName!),
    ];

    [Theory]
    [MemberData(nameof(Holders))]
    public async Task What_is_about_a_person_reaches_neither_console_nor_otlp(string holder)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var service = Service.Build(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" });
        var held = Sample(typeof(Recipient).Assembly.GetType(holder)!);
        await service.App.StartAsync();

        // Every careless way that compiles: as an argument, in a sentence, in a scope, as a tag, in an exception.
        using (service.Log().BeginScope(new List<KeyValuePair<string, object?>> { new("Held", held) }))
        {
            Say(service.Log(), held);
            var text = $"{held}";
            service.Log().Said(text);
            var failure = new InvalidOperationException($"{held} cannot be used");
            service.Log().Failed(failure);
        }

        using (var source = new ActivitySource("Shop.Probe"))
        using (var activity = source.StartActivity("probe"))
        {
            Assert.NotNull(activity);
            activity.SetTag("held", held).AddEvent(new ActivityEvent("held", tags: new() { ["held"] = held }));
        }

        Assert.True(service.App.Services.GetRequiredService<LoggerProvider>().ForceFlush());
        Assert.True(service.App.Services.GetRequiredService<TracerProvider>().ForceFlush());
        var lines = await service.LinesAsync();

        Assert.Contains(lines, line => line.Contains("Said", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain(Marker, line, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("/v1/logs", receiver.Received.Keys);
        Assert.Contains("/v1/traces", receiver.Received.Keys);
        Assert.Contains("Said ", receiver.Received["/v1/logs"], StringComparison.Ordinal);
        Assert.All(receiver.Received.Values, body => Assert.DoesNotContain(Marker, body, StringComparison.OrdinalIgnoreCase));
    }

    // As code that knows nothing of generated log methods would.
    private static void Say(ILogger log, object held)
    {
        List<KeyValuePair<string, object?>> values = [new("Held", held), new("Several", new[] { held })];
        log.Log(LogLevel.Information, default, values, null, (state, _) => $"Said {state[0].Value}");
    }

    private static object Sample(Type type)
    {
        if (type == typeof(string))
            return Marker;
        if (type == typeof(Money))
            return new Money(1299, "EUR");
        if (type == typeof(Guid))
            return Guid.NewGuid();
        if (type.IsValueType)
            return Activator.CreateInstance(type)!;
        if (type.IsGenericType)
            return Array.CreateInstance(type.GetGenericArguments()[0], 0);
        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter =>
            // A cart or a reason is not about a person; what a record says of itself shows these.
            type.GetCustomAttribute<PersonalDataAttribute>() is null && parameter.ParameterType == typeof(string) ? "plain" : Sample(parameter.ParameterType))]);
    }
}
