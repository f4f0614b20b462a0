using System.Net;
using System.Text.Json;
using Shop.ServiceDefaults;

namespace Shop.Storefront.Clients;

/// <summary>Calls a service and returns each outcome as a result: no method throws because the service is not available.</summary>
internal abstract class ServiceClient(HttpClient http, ILogger log)
{
    // Visitors leave a page that takes longer. After this time, the page shows which part is missing.
    private static readonly TimeSpan _readTimeout = TimeSpan.FromSeconds(3);

    // With the 2 seconds that a new token may take, less than the timeout of a request (Shop:RequestLimits:Timeout), so that the response
    // is a page.
    private static readonly TimeSpan _changeTimeout = TimeSpan.FromSeconds(7);

    private static readonly JsonSerializerOptions _json = JsonSerializerOptions.Web;

    /// <summary>Sends a GET request, and gives up after 3 seconds.</summary>
    protected async Task<ServiceResult<T>> GetAsync<T>(string path, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await GetAsync<T>(request, cancellationToken);
    }

    /// <summary>Does the same with a request that has headers of its own.</summary>
    protected Task<ServiceResult<T>> GetAsync<T>(HttpRequestMessage request, CancellationToken cancellationToken) where T : class =>
        SendAsync<T>(request, _readTimeout, ServiceProblem.UnavailableCode, cancellationToken);

    /// <summary>Sends a request that changes something, and gives up after 7 seconds.</summary>
    protected Task<ServiceResult<T>> SendAsync<T>(HttpRequestMessage request, CancellationToken cancellationToken) where T : class =>
        SendAsync<T>(request, _changeTimeout, ServiceProblem.UnconfirmedCode, cancellationToken);

    private async Task<ServiceResult<T>> SendAsync<T>(
        HttpRequestMessage request, TimeSpan timeout, string failureCode, CancellationToken cancellationToken) where T : class
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(timeout);
        try
        {
            using var response = await http.SendAsync(request, limited.Token);
            if (!response.IsSuccessStatusCode)
            {
                return new ServiceResult<T>(await ReadProblemAsync(response, failureCode, limited.Token));
            }

            if (response.StatusCode is HttpStatusCode.NoContent && typeof(T) == typeof(NoContent))
            {
                return new ServiceResult<T>((T)(object)NoContent.Instance);
            }

            return await response.Content.ReadFromJsonAsync<T>(_json, limited.Token) is { } value
                ? new ServiceResult<T>(value)
                : new ServiceResult<T>(new ServiceProblem(failureCode));
        }
        catch (Exception exception) when (ServiceErrors.IsUnavailable(exception) && !cancellationToken.IsCancellationRequested)
        {
            log.ServiceUnavailable(http.BaseAddress!.Host, exception);
            return new ServiceResult<T>(new ServiceProblem(failureCode));
        }
    }

    private static async Task<ServiceProblem> ReadProblemAsync(
        HttpResponseMessage response, string failureCode, CancellationToken cancellationToken)
    {
        var problem = await ReadDetailsAsync(response, cancellationToken);
        var unavailable = (int)response.StatusCode >= 500;
        // A service that is not available says so by this code, also after it has begun to make a change.
        var code = problem?.Code is ServiceProblem.UnavailableCode ? null : problem?.Code;
        return new ServiceProblem(code ?? GetCode(response.StatusCode, failureCode))
        {
            IsTemporary = unavailable,
            OrderId = problem?.OrderId,
            InvalidFields = problem?.Errors?.Keys ?? (IReadOnlyCollection<string>)[],
        };
    }

    private static string GetCode(HttpStatusCode status, string failureCode) => status switch
    {
        HttpStatusCode.Unauthorized => ServiceProblem.SignInRequiredCode,
        HttpStatusCode.Forbidden => ServiceProblem.AccountNotAllowedCode,
        HttpStatusCode.TooManyRequests => ServiceProblem.BusyCode,
        >= HttpStatusCode.InternalServerError => failureCode,
        _ => ServiceProblem.InvalidCode,
    };

    private static async Task<Details?> ReadDetailsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<Details>(_json, cancellationToken);
        }
        catch (JsonException)
        {
            return null; // the response of a proxy between the services
        }
    }

    private sealed record Details(string? Code, Guid? OrderId, Dictionary<string, JsonElement>? Errors);
}

/// <summary>The value of a response without a body.</summary>
internal sealed class NoContent
{
    /// <summary>The only instance.</summary>
    public static NoContent Instance { get; } = new();
}
