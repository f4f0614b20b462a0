using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shop.Tests.Integration.Support;

/// <summary>The operations of a service's OpenAPI document, with the status codes that each one documents.</summary>
internal sealed class OpenApiOperations
{
    private readonly List<(string Method, Regex Path, HashSet<string> Statuses)> _operations;

    public IReadOnlyList<(string Method, Regex Path)> Routes => _operations.ConvertAll(operation => (operation.Method, operation.Path));

    private OpenApiOperations(JsonElement document) => _operations =
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select (
               operation.Name,
               new Regex($"^{Regex.Replace(path.Name, @"\{\w+\}", "[^/]+")}/?$", RegexOptions.IgnoreCase),
               operation.Value.GetProperty("responses").EnumerateObject().Select(response => response.Name).ToHashSet()),
    ];

    public static async Task<OpenApiOperations> ReadAsync(HttpClient service) =>
        new(await service.GetFromJsonAsync<JsonElement>("/openapi/v1.json"));

    /// <summary>Returns whether the status code of a response is documented, or its operation is not in the document.</summary>
    public bool Allows(HttpRequestMessage request, HttpResponseMessage response) => _operations
        .Where(operation => operation.Method.Equals(request.Method.Method, StringComparison.OrdinalIgnoreCase))
        .Where(operation => operation.Path.IsMatch(request.RequestUri!.AbsolutePath))
        .All(operation => operation.Statuses.Contains($"{(int)response.StatusCode}"));
}
