using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Logging;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class ConsoleLevelTests
{
    private static readonly (string Name, string? Value) _export = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://127.0.0.1:9");

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Console_has_warnings_audit_records_and_the_start_of_the_service_where_logs_are_exported(string environment)
    {
        var lines = await WriteAsync(environment, _export);

        Assert.DoesNotContain(lines, line => line.Contains("ordinary", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("responded 200", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Now listening on", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("price changed", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("Warning", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Console_has_all_records_where_logs_are_not_exported_or_when_it_is_asked(string environment)
    {
        foreach (var lines in (IReadOnlyList<string>[])
            [await WriteAsync(environment), await WriteAsync(environment, _export, ("Logging:Console:LogLevel:Default", "Information"))])
        {
            Assert.Contains(lines, line => line.Contains("ordinary", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.Contains("responded 200", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("Logging:LogLevel:Default", "Warning")]
    [InlineData("Logging:LogLevel:Default", "None")]
    [InlineData("Logging:LogLevel:Shop.Audit", "None")]
    [InlineData("Logging:Console:LogLevel:Default", "Warning")]
    [InlineData("Logging:Console:LogLevel:Shop.Audit", "None")]
    [InlineData("Logging:OpenTelemetry:LogLevel:Default", "Warning")]
    public async Task Audit_records_are_written_and_exported_at_any_log_level(string setting, string level)
    {
        foreach (var export in (IReadOnlyList<(string, string?)[]>)[[], [_export]])
        {
            var service = TestService.Build(settings: [.. export, (setting, level)]);
            service.Services.GetRequiredService<AuditLog>().WriteText("price changed");
            var lines = await service.ReadConsoleAsync();

            Assert.Single(lines, line => line.Contains("price changed", StringComparison.Ordinal));
            Assert.Single(service.Records, record => record.CategoryName == AuditLog.Category);
        }
    }

    [Fact]
    public async Task Raw_path_of_a_request_is_not_exported_at_any_log_level()
    {
        await using var service = await TestService.Build(settings: [("Logging:OpenTelemetry:LogLevel:Default", "Trace")]).StartAsync();
        (await service.Client.GetAsync("/echo")).Dispose();

        Assert.NotEmpty(service.Records);
        Assert.DoesNotContain(service.Records, record => record.CategoryName == "Microsoft.AspNetCore.Hosting.Diagnostics");
    }

    [Fact]
    public async Task Category_with_a_higher_level_keeps_it_on_the_console()
    {
        var lines = await WriteAsync("Production", _export, ("Logging:LogLevel:Shop.Test", "Error"));

        Assert.DoesNotContain(lines, line => line.Contains("test.warning", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Trace")]
    public async Task Lines_have_neither_the_connection_id_nor_the_raw_path_of_a_request(string? consoleLevel)
    {
        var lines = await WriteAsync(
            "Production", ("Logging:Console:LogLevel:Default", consoleLevel), ("Logging:LogLevel:Default", "Trace"));

        Assert.Contains(lines, line => line.Contains("ordinary", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("\"scopes\":[{\"ConnectionId\"", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("RequestPath", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Records_from_the_threshold_on_are_written_to_standard_error()
    {
        using var errors = new MemoryStream();
        await using var service = TestService.Build(
            builder => builder.Services.AddSingleton(services => new ConsoleOutput(new MemoryStream(), errors)),
            settings: [("Logging:Console:LogToStandardErrorThreshold", "Warning")]);
        service.CreateLogger().WriteText("ordinary");
        service.CreateLogger().WriteWarning();
        await service.DisposeAsync();

        var text = System.Text.Encoding.UTF8.GetString(errors.ToArray());
        Assert.Contains("test.warning", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ordinary", text, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> WriteAsync(string environment, params (string Name, string? Value)[] settings)
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/log", (ILogger<ConsoleLevelTests> log) => log.WriteText("ordinary")),
            environment: environment,
            settings: [.. settings, ("Shop:LogSampling:Enabled", "false")]).StartAsync();
        (await service.Client.GetAsync("/log")).Dispose();
        service.CreateLogger().WriteWarning();
        service.Services.GetRequiredService<AuditLog>().WriteText("price changed");
        return await service.ReadConsoleAsync();
    }
}
