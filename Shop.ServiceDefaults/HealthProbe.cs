namespace Shop.ServiceDefaults;

/// <summary>
/// The health check of a container whose image has neither a shell nor a client: the program of the service, started once more with
/// <c>--health-probe ADDRESS</c>, requests the address and ends with 0 or 1.
/// </summary>
internal static class HealthProbe
{
    private const string Option = "--health-probe";

    // Longer than the checks, and shorter than the timeout of a health check in a container.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(6);

    /// <summary>Ends the process if it was started as a probe.</summary>
    public static void ExitIfRequested()
    {
        if (Environment.GetCommandLineArgs() is [_, Option, var address])
        {
            Environment.Exit(IsHealthy(address) ? 0 : 1);
        }
    }

    private static bool IsHealthy(string address)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null })
        {
            Timeout = _timeout,
        };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address));
            using var response = client.Send(request);
            Console.WriteLine($"{address}: {(int)response.StatusCode}");
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or UriFormatException)
        {
            Console.WriteLine($"{address}: {e.Message}");
            return false;
        }
    }
}
