using OpenIddict.Abstractions;
using Shop.Telemetry.Hosting;

namespace Shop.Identity.Provider;

/// <summary>Deletes expired and revoked tokens, and the authorizations that have none.</summary>
internal sealed class ExpiredTokenWorker(
    IServiceScopeFactory scopes, TimeProvider time, IHostEnvironment host, ILogger<ExpiredTokenWorker> log)
    : PeriodicWorker(_interval, time, host)
{
    private static readonly TimeSpan _interval = TimeSpan.FromHours(1);

    // A sign-in that has just begun has an authorization without a token.
    private static readonly TimeSpan _minAge = TimeSpan.FromHours(1);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var activity = ActivitySource.StartActivity("prune tokens");
        await using var scope = scopes.CreateAsyncScope();
        var threshold = Time.GetUtcNow() - _minAge;
        // Tokens first: an authorization that has tokens is not deleted.
        var tokens = await scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>().PruneAsync(threshold, cancellationToken);
        var authorizations = await scope.ServiceProvider.GetRequiredService<IOpenIddictAuthorizationManager>()
            .PruneAsync(threshold, cancellationToken);
        log.TokensPruned(tokens, authorizations);
    }

    protected override void OnError(Exception exception) => log.PruneFailed(exception);
}
