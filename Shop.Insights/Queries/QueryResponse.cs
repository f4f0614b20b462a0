using Microsoft.AspNetCore.Http.HttpResults;

namespace Shop.Insights.Queries;

/// <summary>The response to a query: a table as JSON or CSV, or the problems of its parameters.</summary>
internal static class QueryResponse
{
    /// <summary>Reads the result and creates the response. The result is not read if a field is wrong.</summary>
    /// <param name="request">The request, which wants JSON or CSV.</param>
    /// <param name="fields">The fields, all of which have been read.</param>
    /// <param name="read">Reads the result.</param>
    /// <param name="header">The names of the columns of the CSV.</param>
    /// <param name="getRows">Returns the rows of the CSV.</param>
    public static async Task<Results<Ok<T>, ContentHttpResult, ValidationProblem>> CreateAsync<T>(
        HttpRequest request,
        QueryFields fields,
        Func<Task<T>> read,
        IEnumerable<string> header,
        Func<T, IEnumerable<IEnumerable<object?>>> getRows)
        where T : class
    {
        if (await fields.ReadAsync(read) is not { } result)
        {
            return TypedResults.ValidationProblem(fields.Errors);
        }

        return CsvText.IsWanted(request) ? CsvText.Create(header, getRows(result)) : TypedResults.Ok(result);
    }
}
