using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Shop.Tests.Support;

/// <summary>Agents, as the SDK of the Model Context Protocol connects them.</summary>
internal static class McpClients
{
    /// <summary>Connects to the tools of Insights.</summary>
    /// <param name="http">A client of Insights.</param>
    /// <param name="token">The bearer token; null for none.</param>
    /// <param name="protocolVersion">The version of the protocol; null for the newest.</param>
    public static Task<McpClient> ConnectAsync(HttpClient http, string? token, string? protocolVersion = null)
    {
        var options = new HttpClientTransportOptions
        {
            Endpoint = new Uri(http.BaseAddress!, "/mcp"),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = token is null ? null : new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        };
        return McpClient.CreateAsync(new HttpClientTransport(options, http), new() { ProtocolVersion = protocolVersion });
    }

    /// <summary>Calls a tool with arguments in JSON.</summary>
    public static async Task<CallToolResult> CallAsync(this McpClient client, string tool, string arguments = "{}") =>
        await client.CallToolAsync(
            tool,
            JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments)!
                .ToDictionary(argument => argument.Key, argument => (object?)argument.Value));

    /// <summary>Returns the text of a result.</summary>
    public static string GetText(this CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
}
