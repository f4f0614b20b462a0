using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Shop.Tests.Support;

/// <summary>
/// An OpenID Connect provider of another vendor, on a free loopback port: it rotates refresh tokens, and refuses one that it has replaced.
/// </summary>
internal sealed class TestProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, bool> _valid = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _refreshes = [];
    private readonly TaskCompletionSource _arrival = new();

    private TestProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapGet("/.well-known/openid-configuration", () => new
        {
            issuer = Address,
            authorization_endpoint = $"{Address}/authorize",
            token_endpoint = $"{Address}/token",
            jwks_uri = $"{Address}/keys",
            end_session_endpoint = $"{Address}/logout",
        });
        _app.MapGet("/keys", () => new { keys = Array.Empty<string>() });
        _app.MapPost("/token", RefreshAsync);
    }

    /// <summary>The address of the provider.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The refresh tokens that the provider has received.</summary>
    public IReadOnlyCollection<string> Refreshes => _refreshes;

    /// <summary>Ends when the first token request has arrived.</summary>
    public Task Arrival => _arrival.Task;

    /// <summary>What a token request waits for.</summary>
    public Task Delay { get; set; } = Task.CompletedTask;

    public static async Task<TestProvider> StartAsync()
    {
        var provider = new TestProvider();
        await provider._app.StartAsync();
        return provider;
    }

    /// <summary>Issues a refresh token.</summary>
    public string IssueRefreshToken()
    {
        var token = $"{Guid.NewGuid():n}";
        _valid[token] = true;
        return token;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> RefreshAsync(HttpRequest request)
    {
        var token = (await request.ReadFormAsync())["refresh_token"].ToString();
        _refreshes.Enqueue(token);
        _arrival.TrySetResult();
        await Delay;
        return _valid.TryRemove(token, out _)
            ? TypedResults.Ok(new
            {
                access_token = "refreshed",
                refresh_token = IssueRefreshToken(),
                expires_in = 900,
                token_type = "Bearer",
            })
            : TypedResults.BadRequest(new { error = "invalid_grant" });
    }
}
