using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shop.Tests.Integration.Support;

/// <summary>The answers that a service's OpenAPI document promises, by route.</summary>
internal sealed class Documented
{
    private readonly List<(string Method, Regex Path, HashSet<string> Statuses)> _operations;

    public IReadOnlyList<(string Method, Regex Path)> Routes => _operations.ConvertAll(operation => (operation.Method, operation.Path));

    private Documented(JsonElement document) => _operations =
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select (
               operation.Name,
               new Regex($"^{Regex.Replace(path.Name, @"\{\w+\}", "[^/]+")}/?$", RegexOptions.IgnoreCase),
               operation.Value.GetProperty("responses").EnumerateObject().Select(response => response.Name).ToHashSet()),
    ];

    public static async Task<Documented> ReadAsync(HttpClient service) => new(await service.GetFromJsonAsync<JsonElement>("/openapi/v1.json"));

    /// <summary>Whether this answer is one of those. A method or a path that is not in the document promises nothing.</summary>
    public bool Has(HttpRequestMessage request, HttpResponseMessage response) => _operations
        .Where(operation => operation.Method.Equals(request.Method.Method, StringComparison.OrdinalIgnoreCase) && operation.Path.IsMatch(request.RequestUri!.AbsolutePath))
        .All(operation => operation.Statuses.Contains($"{(int)response.StatusCode}"));
}
