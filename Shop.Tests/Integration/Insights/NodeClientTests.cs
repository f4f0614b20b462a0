using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>A service in another language, with the OpenTelemetry SDK of Node.js from npm. <c>./test</c> installs npm.</summary>
[Collection(WholeApplication.Name)]
public sealed class NodeClientTests(ShopApp shop)
{
    private const string Service = "node-client";

    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Service_in_another_language_is_on_the_map_with_the_service_that_it_calls()
    {
        var directory = Directory.CreateTempSubdirectory("shop-node-client-");
        try
        {
            foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "Shop.Tests/Integration/Insights/NodeClient")))
            {
                File.Copy(file, Path.Combine(directory.FullName, Path.GetFileName(file)));
            }

            await RunAsync(
                directory, "npm", ["install", "--prefer-offline", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]);
            var key = await shop.ServiceKeyAsync();
            await RunAsync(
                directory,
                "node",
                ["client.js"],
                ("SERVICE", Service),
                ("SERVICE_KEY", key),
                ("CATALOG", shop.App.GetEndpoint("catalog", "http").ToString()),
                ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{shop.App.GetEndpoint("insights", "http")}v1/traces"),
                ("OTEL_EXPORTER_OTLP_HEADERS", $"Shop-Service-Key={Uri.EscapeDataString(key)}"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        using var staff = shop.CreateStaffClient("insights", "http");
        string[] expected =
        [
            $"clients/clients > service/{Service}-protobuf", $"service/{Service}-protobuf > service/catalog",
            $"clients/clients > service/{Service}-json", $"service/{Service}-json > service/catalog",
        ];
        // As one text, which a failure shows.
        await Eventually.ReadAsync(
            async () => string.Join('\n', (await staff.GetFromJsonAsync<JsonElement>("/api/v1/map?last=15m"))
                .GetProperty("edges").EnumerateArray()
                .Select(edge => $"{edge.GetProperty("from").GetString()} > {edge.GetProperty("to").GetString()}")),
            edges => expected.All(edge => edges.Contains(edge, StringComparison.Ordinal)));
    }

    private static async Task RunAsync(
        DirectoryInfo directory, string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Start(start);
        using var timeout = new CancellationTokenSource(_timeout);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.HasExited && process.ExitCode == 0, $"{program} {arguments[0]} has failed.\n{await output}\n{await errors}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"{start.FileName} is not installed. ./test installs it on Debian and Ubuntu.", exception);
        }
    }
}
