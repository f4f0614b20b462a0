namespace Shop.Storefront.Edge.Errors;

/// <summary>Adds the pages for errors.</summary>
internal static class ErrorPageExtensions
{
    public static void AddErrorPages(this IHostApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        // Before the writer of problem details, which writes for all requests.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, ErrorPageWriter>());
    }
}
