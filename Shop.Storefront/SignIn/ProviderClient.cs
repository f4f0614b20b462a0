using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Shop.ServiceDefaults;

namespace Shop.Storefront.SignIn;

/// <summary>Calls the provider. After a failed refresh, no token is refreshed for 10 seconds.</summary>
internal sealed class ProviderClient(
    IOptionsMonitor<OpenIdConnectOptions> options, TimeProvider time, ILogger<ProviderClient> log)
{
    // A page waits for the call.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(10);

    // A browser sends requests with a token that was replaced until it has received the new cookie. Longer than a request may take.
    private static readonly TimeSpan _resultLifetime = TimeSpan.FromMinutes(1);

    // A refresh token is sent once, whatever the number of requests with it: a provider that rotates refresh tokens takes a second use for
    // that of a thief, and ends the session.
    private readonly ConcurrentDictionary<string, Lazy<Task<RefreshResult>>> _refreshes = new(StringComparer.Ordinal);

    private long _retryAt = time.GetTimestamp();

    private OpenIdConnectOptions Provider => options.Get(OpenIdConnectDefaults.AuthenticationScheme);

    /// <summary>Determines whether the provider responds.</summary>
    public async Task<bool> IsAvailableAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = CreateTimeout(cancellationToken);
            using var response = await Provider.Backchannel.GetAsync(Provider.MetadataAddress, timeout.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (ServiceErrors.IsProviderUnavailable(exception) && !cancellationToken.IsCancellationRequested)
        {
            log.ProviderUnavailable(exception);
            return false;
        }
    }

    /// <summary>
    /// Replaces the access token of a member by a new one. Requests with the same refresh token, at once or within a minute, get the same
    /// result.
    /// </summary>
    /// <param name="refreshToken">The refresh token.</param>
    public Task<RefreshResult> RefreshAsync(string refreshToken)
    {
        if (_refreshes.TryGetValue(refreshToken, out var refresh))
        {
            return refresh.Value;
        }

        if (time.GetTimestamp() < Volatile.Read(ref _retryAt))
        {
            return Task.FromResult<RefreshResult>(new RefreshResult.Unavailable());
        }

        // The visitor may leave while another request of the same member waits for the token.
        return _refreshes.GetOrAdd(refreshToken, token => new(() => Task.Run(() => SendOnceAsync(token)))).Value;
    }

    /// <summary>Makes a refresh token invalid, if the provider can do so. A failure has no consequence for the visitor.</summary>
    /// <param name="refreshToken">The refresh token.</param>
    public async Task RevokeAsync(string refreshToken)
    {
        try
        {
            using var timeout = CreateTimeout(CancellationToken.None);
            var provider = await GetConfigurationAsync(timeout.Token);
            if (!string.IsNullOrEmpty(provider.RevocationEndpoint))
            {
                using var response = await PostAsync(
                    provider.RevocationEndpoint, timeout.Token, ("token", refreshToken), ("token_type_hint", "refresh_token"));
            }
        }
        catch (Exception exception) when (ServiceErrors.IsProviderUnavailable(exception))
        {
            log.ProviderUnavailable(exception);
        }
    }

    /// <summary>Returns the address that ends the session at the provider and returns to the front page; null if there is none.</summary>
    /// <param name="frontPage">The absolute address of the front page.</param>
    /// <param name="cancellationToken">Cancels the call of the provider.</param>
    public async Task<string?> GetEndSessionAddressAsync(string frontPage, CancellationToken cancellationToken)
    {
        if (!await IsAvailableAsync(cancellationToken))
        {
            return null;
        }

        try
        {
            var endpoint = (await GetConfigurationAsync(cancellationToken)).EndSessionEndpoint;
            return string.IsNullOrEmpty(endpoint)
                ? null
                : endpoint + new QueryBuilder { { "client_id", Provider.ClientId! }, { "post_logout_redirect_uri", frontPage } };
        }
        catch (Exception exception) when (ServiceErrors.IsProviderUnavailable(exception) && !cancellationToken.IsCancellationRequested)
        {
            log.ProviderUnavailable(exception);
            return null;
        }
    }

    private async Task<RefreshResult> SendOnceAsync(string refreshToken)
    {
        RefreshResult? result = null;
        try
        {
            return result = await SendRefreshAsync(refreshToken);
        }
        finally
        {
            if (result is null or RefreshResult.Unavailable)
            {
                _refreshes.TryRemove(refreshToken, out _);
            }
            else
            {
                _ = ForgetLaterAsync(refreshToken);
            }
        }
    }

    private async Task ForgetLaterAsync(string refreshToken)
    {
        await Task.Delay(_resultLifetime, time);
        _refreshes.TryRemove(refreshToken, out _);
    }

    private async Task<RefreshResult> SendRefreshAsync(string refreshToken)
    {
        try
        {
            using var timeout = CreateTimeout(CancellationToken.None);
            var provider = await GetConfigurationAsync(timeout.Token);
            using var response = await PostAsync(
                provider.TokenEndpoint, timeout.Token, ("grant_type", "refresh_token"), ("refresh_token", refreshToken));
            var body = await response.Content.ReadFromJsonAsync<TokenResponse>(timeout.Token);
            if (response.IsSuccessStatusCode && body?.AccessToken is { } accessToken)
            {
                return new RefreshResult.Refreshed(MemberTokens.Create(
                    accessToken, body.RefreshToken ?? refreshToken, body.ExpiresIn?.ToString(), time.GetUtcNow()));
            }

            // RFC 6749, section 5.2. All other errors are those of this service or of the provider, and no reason to sign a member out.
            if (response.StatusCode is HttpStatusCode.BadRequest && body?.Error == "invalid_grant")
            {
                return new RefreshResult.Rejected();
            }

            log.RefreshFailed((int)response.StatusCode, body?.Error);
        }
        catch (Exception exception) when (ServiceErrors.IsProviderUnavailable(exception))
        {
            log.ProviderUnavailable(exception);
        }

        Volatile.Write(ref _retryAt, time.GetTimestamp() + (long)(_retryDelay.TotalSeconds * time.TimestampFrequency));
        return new RefreshResult.Unavailable();
    }

    private async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancellationToken) =>
        await Provider.ConfigurationManager!.GetConfigurationAsync(cancellationToken);

    private async Task<HttpResponseMessage> PostAsync(
        string address, CancellationToken cancellationToken, params (string Name, string Value)[] parameters)
    {
        using var content = new FormUrlEncodedContent(
            parameters.Append(("client_id", Provider.ClientId!)).Append(("client_secret", Provider.ClientSecret!))
                .Select(parameter => KeyValuePair.Create(parameter.Item1, parameter.Item2)));
        return await Provider.Backchannel.PostAsync(address, content, cancellationToken);
    }

    private static CancellationTokenSource CreateTimeout(CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(_timeout);
        return source;
    }

    private sealed record TokenResponse(
        [property: JsonPropertyName("access_token")] string? AccessToken,
        [property: JsonPropertyName("refresh_token")] string? RefreshToken,
        [property: JsonPropertyName("expires_in")] JsonElement? ExpiresIn,
        [property: JsonPropertyName("error")] string? Error);
}

/// <summary>The outcome of a refresh.</summary>
internal abstract record RefreshResult
{
    /// <summary>There are new tokens.</summary>
    /// <param name="Tokens">The tokens.</param>
    public sealed record Refreshed(MemberTokens Tokens) : RefreshResult;

    /// <summary>The session has ended at the provider, or the member was deleted.</summary>
    public sealed record Rejected : RefreshResult;

    /// <summary>The provider did not respond.</summary>
    public sealed record Unavailable : RefreshResult;
}
