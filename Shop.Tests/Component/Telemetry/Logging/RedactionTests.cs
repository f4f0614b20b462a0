using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Trace;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Telemetry;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class RedactionTests
{
    private const string Marker = "ada-lovelace-4711";

    public static TheoryData<string> TypesWithPersonalData =>
    [
        .. typeof(Recipient).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<PersonalDataAttribute>() is not null
                || type.Namespace == typeof(CheckoutSubmitted).Namespace)
            .Select(type => type.FullName!),
    ];

    [Theory]
    [MemberData(nameof(TypesWithPersonalData))]
    public async Task Personal_data_reaches_neither_console_nor_otlp(string typeName)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var service = TestService.Build(settings:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("Logging:Console:LogLevel:Default", "Information"),
        ]);
        var value = CreateSample(typeof(Recipient).Assembly.GetType(typeName)!);
        await service.StartAsync();

        // Every mistake that compiles: as an argument, in a text, in a scope, in an exception, as a tag.
        using (service.CreateLogger().BeginScope(new List<KeyValuePair<string, object?>> { new("Value", value) }))
        {
            LogValue(service.CreateLogger(), value);
            var text = $"{value}";
            service.CreateLogger().WriteText(text);
            var exception = new InvalidOperationException($"{value} cannot be used");
            service.CreateLogger().WriteError(exception);
        }

        using (var source = new ActivitySource(TestService.Name))
        using (var activity = source.StartActivity("test"))
        {
            Assert.NotNull(activity);
            activity.SetTag("value", value).AddEvent(new ActivityEvent("value", tags: new() { ["value"] = value }));
        }

        Assert.True(service.Services.GetRequiredService<LoggerProvider>().ForceFlush());
        Assert.True(service.Services.GetRequiredService<TracerProvider>().ForceFlush());
        var lines = await service.ReadConsoleAsync();

        Assert.Contains(lines, line => line.Contains("Text: ", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain(Marker, line, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("/v1/logs", receiver.Received.Keys);
        Assert.Contains("/v1/traces", receiver.Received.Keys);
        Assert.Contains("Text: ", receiver.Received["/v1/logs"], StringComparison.Ordinal);
        Assert.NotEmpty(receiver.Received.Values);
        Assert.All(receiver.Received.Values, body => Assert.DoesNotContain(Marker, body, StringComparison.OrdinalIgnoreCase));
    }

    // Logs without a generated method, so that neither the generator nor a redactor sees the type.
    private static void LogValue(ILogger log, object value)
    {
        List<KeyValuePair<string, object?>> values = [new("Value", value), new("Values", new[] { value })];
        log.Log(LogLevel.Information, default, values, null, (state, _) => $"Value: {state[0].Value}");
    }

    private static object CreateSample(Type type)
    {
        if (type == typeof(string))
        {
            return Marker;
        }

        if (type == typeof(Money))
        {
            return new Money(1299, "EUR");
        }

        if (type == typeof(Guid))
        {
            return Guid.NewGuid();
        }

        if (type.IsValueType)
        {
            return Activator.CreateInstance(type)!;
        }

        if (type.IsGenericType)
        {
            return Array.CreateInstance(type.GetGenericArguments()[0], 0);
        }

        // The texts of a record without the attribute, such as a cart id, are not personal data, and its ToString() includes them.
        var isPersonal = type.GetCustomAttribute<PersonalDataAttribute>() is not null;
        var constructor = type.GetConstructors().OrderByDescending(candidate => candidate.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter =>
            !isPersonal && parameter.ParameterType == typeof(string) ? "plain" : CreateSample(parameter.ParameterType))]);
    }
}
