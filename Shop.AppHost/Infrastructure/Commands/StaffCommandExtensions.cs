using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.AppHost.Infrastructure.Commands;

/// <summary>Adds commands that call a service as staff, with the client <c>shop-tools</c> of Development.</summary>
internal static class StaffCommandExtensions
{
    // The proxy in front of a service accepts connections, also while the service is away.
    private static readonly TimeSpan _tokenTimeout = TimeSpan.FromSeconds(5);

    // A replay of a long error queue takes longer than a request of a visitor may.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(2);

    /// <summary>Adds a command that is enabled while the service is healthy.</summary>
    /// <param name="service">The service that the command belongs to and calls.</param>
    /// <param name="identity">The service that issues the token of staff.</param>
    /// <param name="endpoint">The endpoint of the service.</param>
    /// <param name="name">The name of the command.</param>
    /// <param name="displayName">Its text in the dashboard.</param>
    /// <param name="options">Its icon, description, confirmation and arguments.</param>
    /// <param name="execute">Returns the line that the dashboard shows. What it throws for a failed request becomes one line, too.</param>
    public static IResourceBuilder<ProjectResource> WithStaffCommand(
        this IResourceBuilder<ProjectResource> service,
        IResourceBuilder<ProjectResource> identity,
        string endpoint,
        string name,
        string displayName,
        CommandOptions options,
        Func<HttpClient, ExecuteCommandContext, Task<string>> execute)
    {
        options.UpdateState = EnabledWhenHealthy;
        return service.WithCommand(name, displayName, ExecuteAsync, options);

        async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context)
        {
            try
            {
                using var client = new HttpClient { BaseAddress = new(service.GetEndpoint(endpoint).Url), Timeout = _timeout };
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                    "Bearer", await RequestTokenAsync(identity, context));
                return CommandResults.Success(await execute(client, context));
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException)
            {
                return CommandResults.Failure($"{service.Resource.Name}: {e.Message}");
            }
        }
    }

    /// <summary>Enables a command while its resource is healthy.</summary>
    public static ResourceCommandState EnabledWhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus is HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static async Task<string> RequestTokenAsync(IResourceBuilder<ProjectResource> identity, ExecuteCommandContext context)
    {
        try
        {
            using var client = new HttpClient { BaseAddress = new(identity.GetEndpoint("http").Url), Timeout = _tokenTimeout };
            using var response = await client.PostAsync(
                "/sso/token",
                new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "shop-tools",
                    ["client_secret"] = context.Services.GetRequiredService<IConfiguration>()[SignInExtensions.ToolsSecretKey]!,
                    ["scope"] = "staff",
                }),
                context.CancellationToken);
            var token = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(context.CancellationToken);
            return token.GetProperty("access_token").GetString()!;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new HttpRequestException($"no token of staff from {identity.Resource.Name}: {e.Message}", e);
        }
    }
}
