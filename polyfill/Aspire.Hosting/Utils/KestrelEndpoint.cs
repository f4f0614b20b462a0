using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Utils;

/// <summary>An entry of <c>Kestrel:Endpoints</c> in a project's settings files.</summary>
internal sealed record KestrelEndpoint(string Name, BindingAddress Address, bool IsHttp2)
{
    public static IReadOnlyList<KestrelEndpoint> Read(string projectPath)
    {
        var directory = Path.GetDirectoryName(projectPath)!;
        var folder = Path.GetFileName(directory);
        // The environment of this process, not the project's: so does the real one.
        var environment = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT");

        var settings = new ConfigurationBuilder()
            .SetBasePath(directory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environment}.json", optional: true)
            .AddJsonFile($"{folder}.settings.json", optional: true)
            .AddJsonFile($"{folder}.settings.{environment}.json", optional: true)
            .Build();
        var defaultProtocols = settings["Kestrel:EndpointDefaults:Protocols"];

        return
        [
            .. settings.GetSection("Kestrel:Endpoints").GetChildren()
                .Where(e => e["Url"] is not null)
                .Select(e => new KestrelEndpoint(e.Key, BindingAddress.Parse(e["Url"]!), (e["Protocols"] ?? defaultProtocols) == "Http2")),
        ];
    }
}
