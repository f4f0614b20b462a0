using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;
using Shop.Web.Authentication;
using Shop.Web.RequestLimits;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Shop.Insights.Mcp;

/// <summary>Adds a server of the Model Context Protocol (MCP), whose tools are the endpoints of the API.</summary>
internal static class McpExtensions
{
    /// <summary>The path of the server.</summary>
    public const string Path = "/mcp";

    public static void AddMcpTools(this IHostApplicationBuilder builder)
    {
        builder.Services
            .AddMcpServer(static server =>
            {
                server.ServerInfo = new() { Name = "shop-insights", Title = "Insights of the shop", Version = "1.0.0" };
                server.ServerInstructions = InsightsTools.Instructions;
            })
            // Any replica answers any request.
            .WithHttpTransport(static http => http.SessionMode = HttpServerSessionMode.Stateless);
        foreach (var create in InsightsTools.All)
        {
            // Singletons, because a stateless server creates its options for each request.
            builder.Services.AddSingleton<McpServerTool>(
                services => create(services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions));
        }
    }

    public static void MapMcpTools(this IEndpointRouteBuilder routes) =>
        routes.MapMcp(Path)
            .RequireAuthorization(AuthorizationPolicies.Staff)
            .WithMetadata(new RateLimitedAttribute())
            .ExcludeFromDescription();
}
